/* What a reader of a page would stumble over, as lines of text in the page's <pre id="complaints">: a page wider than its
   window, names in a drawing that are cut off, lie on each other or are too small to read. */
(function () {
    "use strict";
    var smallest = 9; // pixels
    var complaints = [];

    function boxes(svg) {
        return Array.prototype.filter.call(svg.querySelectorAll("text"), function (text) {
            return text.textContent.trim() !== "";
        }).map(function (text) {
            return { text: text.textContent.trim(), at: text.getBoundingClientRect(), turned: turned(text),
                     size: parseFloat(getComputedStyle(text).fontSize) * Math.sqrt(Math.abs(determinant(text))) };
        });
    }

    function determinant(text) {
        var m = text.getScreenCTM();
        return m.a * m.d - m.b * m.c;
    }

    function turned(text) {
        return Math.abs(text.getScreenCTM().b) > 0.01;
    }

    // of the smaller box, the part that the other one covers
    function overlap(a, b) {
        var w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        var h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        return w <= 0 || h <= 0 ? 0 : w * h / Math.min(a.width * a.height, b.width * b.height);
    }

    var page = document.documentElement;
    if (page.scrollWidth > page.clientWidth)
        complaints.push("the page is " + page.scrollWidth + " wide in a window of " + page.clientWidth);
    Array.prototype.forEach.call(document.querySelectorAll("main svg"), function (svg) {
        var frame = svg.getBoundingClientRect();
        var name = svg.getAttribute("aria-label") + ": ";
        if (frame.width === 0)
            return;
        var texts = boxes(svg);
        if (texts.length < 3)
            complaints.push(name + "hardly a text in it");
        texts.forEach(function (t, k) {
            if (t.at.left < frame.left - 1 || t.at.right > frame.right + 1 || t.at.top < frame.top - 1 ||
                t.at.bottom > frame.bottom + 1)
                complaints.push(name + "'" + t.text + "' is cut off");
            if (t.size < smallest)
                complaints.push(name + "'" + t.text + "' has letters of " + t.size.toFixed(1) + " pixels");
            texts.slice(k + 1).forEach(function (u) {
                // a line box is taller than its letters: a quarter of it may lie on its neighbour
                if (overlap(t.at, u.at) > 0.25)
                    complaints.push(name + "'" + t.text + "' and '" + u.text + "' lie on each other");
            });
        });
    });
    var shown = document.querySelectorAll("main svg").length;
    var pre = document.createElement("pre");
    pre.id = "complaints";
    pre.textContent = complaints.concat(["looked at " + shown + " drawings"]).join("\n");
    (window.parent !== window ? window.parent.document : document).body.appendChild(pre);
})();
