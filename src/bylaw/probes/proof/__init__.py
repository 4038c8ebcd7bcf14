"""The test probe: whether a change's tests are proof."""
