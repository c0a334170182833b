// What the page says, by language: Resources/en.json and de.json. A sentence may have tags of a template.

internal import Textbook

/// The sentences of a language.
struct Words: Sendable {
    /// By name; both languages have the same names.
    let sentences: [String: String]

    init(_ language: Language) {
        let bytes =
            switch language {
            case .english: PackageResources.en_json
            case .german: PackageResources.de_json
            }
        guard case .object(let members)? = try? JSONValue(parsing: bytes, depth: 2) else {
            preconditionFailure("the words of \(language) are no JSON object")
        }
        sentences = members.compactMapValues(\.string)
    }

    subscript(name: String) -> String {
        guard let sentence = sentences[name] else { preconditionFailure("nobody has written \(name)") }
        return sentence
    }

    /// A sentence with its places filled in, as they are.
    subscript(name: String, values: [String: String]) -> String {
        values.reduce(self[name]) { $0.replacing("{{{\($1.key)}}}", with: $1.value) }
    }
}
