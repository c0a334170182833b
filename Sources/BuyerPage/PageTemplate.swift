// A template of Mustache, whose fields have names and no types.
//
// A debug build traps at a field that no tag has the name of, and TidyTests finds a tag that no code names: whoever
// renames one of the two sees it. Values are escaped by scalars: the library's own way is by characters, and takes a
// quote that a mark is joined to for no quote.

internal import Mustache
internal import Textbook

package struct PageTemplate: Sendable {
    private let template: MustacheTemplate
    private let tags: [Tag]

    private struct Tag {
        let name: String
        /// The names of the sections around it, the outermost first.
        let sections: [String]
    }

    package init(_ text: String) {
        MustacheContentTypes.register(PageContent(), named: PageContent.name)
        do {
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(PageContent.name)}}\n\(text)")
        } catch {
            preconditionFailure("a template does not parse: \(error)")
        }
        tags = Self.tags(of: text)
    }

    package func render(_ fields: [String: Any]) -> String {
        assert(strangers(in: fields).isEmpty, "no tag is \(strangers(in: fields).joined(separator: ", "))")
        return template.render(fields)
    }

    /// The fields that no tag shows, each with the path to it.
    ///
    /// - Parameters:
    ///   - value: a field's value, or all fields.
    ///   - path: the names of the fields around it.
    package func strangers(in value: Any, at path: [String] = []) -> [String] {
        switch value {
        case let fields as [String: Any]:
            fields.keys.sorted().flatMap { name in
                let place = path + [name]
                let isKnown = tags.contains { $0.name == name && $0.sections.contains(inOrder: path) }
                return isKnown ? strangers(in: fields[name]!, at: place) : [place.joined(separator: ".")]
            }
        case let values as [Any]: Set(values.flatMap { strangers(in: $0, at: path) }).sorted()
        default: []
        }
    }

    private static func tags(of text: String) -> [Tag] {
        var sections: [String] = []
        return text.split(separator: "{{", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            let tag = piece.prefix { $0 != "}" }
            let name = String(tag.drop { "#^/{".contains($0) })
            if tag.hasPrefix("/") {
                sections.removeLast()
                return nil
            }
            defer { if tag.hasPrefix("#") || tag.hasPrefix("^") { sections.append(name) } }
            return Tag(name: name, sections: sections)
        }
    }
}

extension [String] {
    /// Whether it has these in this order, others between them or not.
    fileprivate func contains(inOrder others: [String]) -> Bool {
        var rest = others[...]
        for element in self where element == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }
}

/// How values become a part of a page.
private struct PageContent: MustacheContentType {
    static let name = "PAGE"

    func escapeText(_ text: String) -> String { text.escapedForHTML }
}
