"""The maps of a run as slides: ``Results`` enter, PNG files of 1920 × 1080 pixels leave, drawn without a browser.

``single`` (a slide per scenario and mode) and ``difference`` (what a scenario changes), over the pixels of ``maps``.
"""
