// Text that becomes a part of a page.

import Testing
import Textbook

@Suite("Text in HTML")
struct HTMLTests {
    @Test(
        "Text cannot become markup, nor end an attribute, with a mark over its quote either",
        arguments: [
            ("<b a=\"1\">&\"\u{301}", "&lt;b a=&quot;1&quot;&gt;&amp;&quot;\u{301}"), ("'\u{301}", "&#39;\u{301}"),
            ("<\u{338}", "&lt;\u{338}"), ("Łódź & 1", "Łódź &amp; 1"), ("&amp;", "&amp;amp;"), ("plain é", "plain é"),
            ("", ""),
        ])
    func escapes(text: String, html: String) {
        // Texts are equal if they mean the same characters; these must be the same scalars.
        #expect(Array(text.escapedForHTML.unicodeScalars) == Array(html.unicodeScalars))
    }
}
