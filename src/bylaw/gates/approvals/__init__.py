"""What a person answers for: signed waivers and notes, with a scope, a reason and an end."""
