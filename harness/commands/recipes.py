"""``rvpo recipes``: the training configs that ship with the package, and one of them put together."""

import click


@click.command("recipes")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, name: str | None, as_json: bool) -> None:
    """List the shipped training configs; with NAME, show what that one says, and where each value stands.

    Train with one by 'rvpo train recipe:NAME', over it 'extends: recipe:NAME' in a file of your own, or --set.
    """
    import json

    if name is None:
        titles = _titles()
        width = max(map(len, titles))
        lines = [f"{each:<{width}}  {title}" for each, title in titles.items()]
        click.echo(json.dumps(titles, indent=2) if as_json else "\n".join(lines))
        return
    click.echo(_settings(name, as_json=as_json))


def _titles() -> dict[str, str]:
    """The first line of each recipe's text, which says what it is."""
    from rvpo.trainer.layers import recipe_names, recipe_text

    return {each: recipe_text(each).partition("\n")[0].removeprefix("# ") for each in recipe_names()}


def _settings(name: str, *, as_json: bool) -> str:
    import json

    from rvpo.trainer.layers import RECIPE, flat, layered, place_of

    layer = layered(RECIPE + name.removeprefix(RECIPE))
    if as_json:
        return json.dumps(layer.data, indent=2)
    lines = [
        (f"{'.'.join(place)}: {json.dumps(value)}", place_of(layer, place))
        for place, value in flat(layer.data)
    ]
    width = max(len(text) for text, _ in lines)
    return "\n".join(f"{text:<{width}}  # {place}" for text, place in lines)
