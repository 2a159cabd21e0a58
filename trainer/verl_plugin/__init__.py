"""verl_plugin: RVPO on verl 0.9 without a fork. What a reply earned travels beside it; the advantages are ours.

``plugin.py`` is what verl loads (entry point ``verl.plugins``). Only ``plugin.py``, ``trainer.py`` and ``manager.py`` ask
for verl, each when verl itself is at work; the rest is as pure as it is elsewhere and needs none.
"""
