"""The demonstration streets.

Communes, the Seine and its bridges enter (``frame.read_demo_frame``), an invented and calibrated street table leaves
(``streets.make_demo_streets``): ``arterials``, ``blocks`` cut by ``growth``, ``motorways``, ``gaps``, ``crossings``,
``tags``. ``measures`` and ``calibration`` compare it with real streets.
"""
