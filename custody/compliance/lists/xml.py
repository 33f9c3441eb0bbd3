"""Streams the elements of a large XML file and frees each after use; refuses what lists never need."""

from collections.abc import Collection, Iterator

from lxml import etree

from custody.compliance.lists.base import BrokenListError, Readable


def local_name(element: etree._Element) -> str:
    """Element name without its namespace, which publishers change between years."""
    return etree.QName(element).localname


def stream_elements(
    stream: Readable, *, root: str, wanted: Collection[str], skipped: Collection[str] = ()
) -> Iterator[etree._Element]:
    """Yield each complete element named in ``wanted``; free those and the ``skipped`` ones at once.

    Raises BrokenListError for a file that is not well-formed to its end or has another root.
    """
    tags = [f"{{*}}{name}" for name in (*wanted, *skipped)]
    # No entities, external files or unlimited text: a list needs none, and each is a known attack.
    context = etree.iterparse(
        stream, tag=tags, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for _, element in context:
            if local_name(element) in wanted:
                yield element
            _free(element)
    except etree.XMLSyntaxError as error:
        raise BrokenListError(f"not a complete XML file: {error.msg}") from None
    if context.root is None or local_name(context.root) != root:
        raise BrokenListError(f"root element is not {root}")


def attribute(element: etree._Element, name: str) -> str:
    """Return an attribute; raises BrokenListError with the line when it is missing."""
    value = element.get(name)
    if value is None:
        raise BrokenListError(f"{local_name(element)} lacks {name} (line {element.sourceline})")
    return value


def child_text(element: etree._Element, name: str) -> str:
    """Return the text of a child element; raises BrokenListError when it is missing or empty."""
    value = element.findtext(f"{{*}}{name}")
    if not value:
        raise BrokenListError(f"{local_name(element)} lacks {name} (line {element.sourceline})")
    return value.strip()


def _free(element: etree._Element) -> None:
    """Drop the content of an element and all its earlier siblings, which are read already."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
