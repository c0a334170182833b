// The items of a page, each filled into a part that is rendered once for a language.

/// Items in a language.
struct Grids: Sendable {
    private let language: Language
    private let words: Words
    private let template: PageTemplate
    /// One that can be taken, one that cannot for the moment, and one without a button.
    private let freeItem: Blank
    private let heldItem: Blank
    private let item: Blank
    private let left: Blank

    init(_ language: Language, _ words: Words, template: PageTemplate, item: PageTemplate) {
        self.language = language
        self.words = words
        self.template = template
        let names = ["id", "image", "name", "price", "state", "left"]
        freeItem = Blank(item, open: names, ["act": true])
        heldItem = Blank(item, open: names, ["act": true, "off": true])
        self.item = Blank(item, open: names)
        left = Blank(words["item.left"].replacing("%", with: Blank.open("count")))
    }

    func text(_ view: PageGrid) -> String {
        var items: [UInt8] = []
        for entry in view.items {
            let item = entry.item
            let (state, left) =
                switch entry.available {
                case _ where entry.isSold: ("gone", words["item.sold"])
                case 0: ("none", words["item.held"])
                case let count: (count > 2 ? "" : "few", leftText(count))
                }
            let hasButton = view.isBuying && !entry.isSold
            items += (!hasButton ? self.item : state == "none" ? heldItem : freeItem).filled([
                "id": item.id, "image": "/images/\(item.sale)/\(item.number).svg", "name": item.name,
                "price": language.price(item.minorUnits, item.currency), "state": state, "left": left,
            ])
        }
        var fields: [String: Any] = [:]
        if !items.isEmpty { fields["items"] = String(decoding: items, as: UTF8.self) }
        var pages: [String: Any] = [:]
        if let next = view.next { pages["next"] = next }
        if let other = view.other { pages["other"] = other }
        if !view.isFirst { pages["first"] = true }
        if !pages.isEmpty { fields["pages"] = pages }
        return template.render(fields)
    }

    private func leftText(_ count: Int) -> String {
        String(decoding: left.filled(["count": language.number(count)]), as: UTF8.self)
    }
}
