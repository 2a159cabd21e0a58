"""Options of every command that resamples, declared once: the seed, the level of confidence, and what groups items."""

import click

seed_option = click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the resampling."
)
confidence_option = click.option(
    "--confidence",
    default=0.95,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Level of intervals, bands and tests.",
)
cluster_option = click.option(
    "--cluster-by",
    metavar="TAG|FIELD",
    help="Keep items of one group together: the first half of a tag (subdomain of subdomain:Genetics), or a field of "
    "the rows' meta. By default what the rows declare as meta.cluster; 'item' turns that off.",
)
