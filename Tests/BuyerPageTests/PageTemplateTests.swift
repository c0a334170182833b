// That a template knows the names of its own fields.

import Testing

@testable import BuyerPage

@Suite("A template")
struct PageTemplateTests {
    @Test("A field that no tag shows at its place is a stranger")
    func strangers() {
        let template = PageTemplate(
            "{{title}}{{#cart}}{{count}}{{#lines}}{{#over}}-{{/over}}{{^over}}{{left}}{{/over}}{{/lines}}{{/cart}}"
                + "{{{foot}}}")
        func strangers(_ fields: [String: Any]) -> [String] { template.strangers(in: fields) }
        #expect(strangers(["title": "a", "foot": "b"]).isEmpty)
        #expect(strangers(["titel": "a"]) == ["titel"])
        let lines: [[String: Any]] = [["over": true, "left": "c"], ["over": false]]
        #expect(strangers(["cart": ["count": 1, "lines": lines] as [String: Any]]).isEmpty)
        #expect(strangers(["cart": ["lines": [["name": "c"], ["name": "d"]]]]) == ["cart.lines.name"])
        // A tag sees the fields around its section, and not those of another.
        #expect(strangers(["count": 1]).isEmpty)
        #expect(strangers(["cart": ["title": "a"]]) == ["cart.title"])
        #expect(strangers(["cart": ["lines": [["count": 1]]]]) == ["cart.lines.count"])
    }
}
