"""Small line icons, drawn for this project on a 24-unit grid. No Django."""

from __future__ import annotations

#: Each is the inside of an ``<svg viewBox="0 0 24 24">`` whose strokes take the text's colour.
ICONS: dict[str, str] = {
    "add": '<path d="M12 5v14M5 12h14"/>',
    "back": '<path d="M15 5l-7 7 7 7"/>',
    "bottle": (
        '<path d="M10 3h4v5c0 1.6 2 2.6 2 5v7a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1v-7c0-2.4 2-3.4 2-5z"/>'
        '<path d="M8 15h8"/>'
    ),
    "calendar": '<path d="M4 6h16v14H4zM4 10h16M8 3v5M16 3v5"/>',
    "card": '<path d="M3 6h18v12H3zM3 10h18M6 15h4"/>',
    "cart": (
        '<path d="M3 4h3l2 11h10l2-8H7"/><circle cx="10" cy="19" r="1.4"/><circle cx="17" cy="19" r="1.4"/>'
    ),
    "cellar": '<path d="M3 20V11a9 8 0 0 1 18 0v9M7 20v-6h10v6M3 20h18M12 14v6"/>',
    "chart": '<path d="M4 4v16h16M8 16v-4M12 16V8M16 16v-6"/>',
    "check": '<path d="M5 13l4.5 4.5L19 7"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "copy": '<path d="M9 9h11v11H9zM5 15H4V4h11v1"/>',
    "down": '<path d="M5 9l7 7 7-7"/>',
    "download": '<path d="M12 4v11M7 11l5 5 5-5M4 20h16"/>',
    "edit": '<path d="M4 20l1-4L16 5l3 3L8 19zM14 7l3 3"/>',
    "forward": '<path d="M9 5l7 7-7 7"/>',
    "home": '<path d="M4 11l8-7 8 7v9h-5v-6H9v6H4z"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.6v.2"/>',
    "mail": '<path d="M3 6h18v12H3zM3 7l9 7 9-7"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "more": (
        '<circle cx="6" cy="12" r=".8"/><circle cx="12" cy="12" r=".8"/><circle cx="18" cy="12" r=".8"/>'
    ),
    "order": '<path d="M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6"/>',
    "people": (
        '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6"/>'
        '<path d="M15 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.6c2.3.8 3.7 2.6 4 5.4"/>'
    ),
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c.6-4.6 3.6-7 8-7s7.4 2.4 8 7"/>',
    "pin": '<path d="M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11z"/><circle cx="12" cy="10" r="2.2"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    "problem": '<path d="M12 4l9 16H3zM12 10v5M12 17.4v.2"/>',
    "release": '<path d="M4 20V5M4 5c4-2.4 7 2.4 16 0v9c-9 2.4-12-2.4-16 0"/>',
    "remove": '<path d="M5 12h14"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "settings": (
        '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>'
    ),
    "sign-out": '<path d="M13 4H5v16h8M10 12h11M17 8l4 4-4 4"/>',
    "star": '<path d="M12 4l2.4 5.2 5.6.7-4.1 3.9 1 5.7-4.9-2.8-4.9 2.8 1-5.7L4 9.9l5.6-.7z"/>',
    "truck": (
        '<path d="M3 6h11v10H3zM14 10h4l3 3v3h-7"/>'
        '<circle cx="7" cy="17.5" r="1.8"/><circle cx="17" cy="17.5" r="1.8"/>'
    ),
    "undo": '<path d="M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H8"/>',
    "upload": '<path d="M12 16V5M7 9l5-5 5 5M4 20h16"/>',
    "warning": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5M12 16.2v.2"/>',
    "wish": (
        '<path d="M12 20C5 15 3.5 11.5 3.5 9a4.3 4.3 0 0 1 8.5-1.2A4.3 4.3 0 0 1 20.5 9c0 2.5-1.5 6-8.5 11z"/>'
    ),
}
