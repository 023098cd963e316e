"""The maps of a run as pictures.

Slides of 1920 × 1080 pixels, drawn without a browser.
"""
