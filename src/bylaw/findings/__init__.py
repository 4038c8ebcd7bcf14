"""From what the rules say to what is reported: suppressions, baseline, identity."""
