"""Assets carry the digest of their content in their names, so that a host may let browsers keep them for ever."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

OURS = "assets/"
"""The folder in docs/ whose files are renamed. The theme's files have digests in their names already."""
NOT_NEEDED = (
    "*.map",
    "assets/javascripts/lunr/*",
    "assets/javascripts/lunr/min/*",
    "assets/javascripts/workers/*",
    "assets/images/favicon.png",
)
"""Files of the theme that no page of ours asks for."""
STYLE, SCRIPT = f"{OURS}site.css", f"{OURS}site.js"
"""What our style becomes, with the files of `extra_css`, and those of `extra_javascript`."""
STYLES = [Path(__file__).with_name("styles") / f"{name}.css" for name in ("properties", "content", "ledger", "atlas")]
"""The look of what the plugin and the library put on a page, in this order."""


def hashed(uri: str, content: bytes) -> str:
    """The name under which `content` is published.

    >>> hashed("assets/site.css", b"")
    'assets/site.e3b0c442.css'
    """
    path = PurePosixPath(uri)
    return str(path.with_name(f"{path.stem}.{hashlib.sha256(content).hexdigest()[:8]}{path.suffix}"))


def generated(config: MkDocsConfig, uri: str, content: bytes) -> File:
    """A published asset that is no file in docs/."""
    return File.generated(config, hashed(uri, content), content=content, inclusion=InclusionLevel.INCLUDED)


def publish(files: Files, config: MkDocsConfig, packed: bool) -> dict[str, str]:
    """Publish the style of what we make. With `packed`, the styles of `extra_css` are joined to it, the scripts of
    `extra_javascript` with one another, our assets are renamed, and what no page of ours asks for is left out.

    Returns each asset's published name by the name it has in docs/, or by `STYLE` and `SCRIPT`.
    """
    style = b"\n".join(path.read_bytes() for path in STYLES)
    if not packed:
        file = generated(config, STYLE, style)
        files.append(file)
        config.extra_css.insert(0, file.src_uri)
        return {STYLE: file.src_uri}
    names: dict[str, str] = {}
    styles, scripts = ([str(uri) for uri in given] for given in (config.extra_css, config.extra_javascript))
    parts = {file.src_uri: file.content_bytes for file in files if file.src_uri in (*styles, *scripts)}
    for file in list(files):
        if file.src_dir != config.docs_dir:
            if any(PurePosixPath(file.src_uri).match(pattern) for pattern in NOT_NEEDED):
                files.remove(file)
        elif file.src_uri.startswith(OURS) and file.inclusion.is_included() and not file.is_documentation_page():
            files.remove(file)
            if file.src_uri not in parts:
                name = names[file.src_uri] = hashed(file.src_uri, file.content_bytes)
                files.append(_renamed(file, name))
    whole = {
        STYLE: b"\n".join([style, *(parts[uri] for uri in styles if uri in parts)]),
        # Each script keeps its names to itself.
        SCRIPT: b"".join(b"{\n%s}\n" % parts[uri] for uri in scripts if uri in parts),
    }
    for uri, content in whole.items():
        if content:
            file = generated(config, uri, content)
            names[uri] = file.src_uri
            files.append(file)
    config.extra_css = [names[STYLE], *(uri for uri in config.extra_css if uri not in parts)]
    config.extra_javascript = [
        *([names[SCRIPT]] if SCRIPT in names else []),
        *(uri for uri in config.extra_javascript if str(uri) not in parts),
    ]
    return names


def _renamed(file: File, uri: str) -> File:
    return File(
        file.src_uri, file.src_dir, file.dest_dir, file.use_directory_urls, dest_uri=uri, inclusion=file.inclusion
    )
