// The circles inside a module: files that name one another's types, so that none can be read without the rest.

/// The files of one module, and which of them name a type that another one declares.
struct Circles {
    /// For each file the files whose types it names.
    private var arrows: [String: Set<String>] = [:]

    init(among files: [SourceFile]) {
        let parts = files.map { (path: $0.path, types: Self.types(of: $0)) }
        var homes: [String: String] = [:]
        var nested: [String: Set<String>] = [:]
        for (path, types) in parts {
            for type in types {
                if !type.isExtension, homes[type.name] == nil { homes[type.name] = path }
                nested[type.name, default: []].formUnion(type.nested)
            }
        }
        for (path, types) in parts {
            // A name that a type declares within itself means that nested type.
            let named = types.flatMap { type in type.named.subtracting(nested[type.name] ?? []) }
            arrows[path] = Set(named.compactMap { homes[$0] }).subtracting([path])
        }
    }

    /// The files of circles. Files that name no other, or that no other names, are taken away until none is left.
    var files: [String] {
        var left = arrows
        while true {
            let named = left.values.reduce(into: Set()) { $0.formUnion($1) }
            let isOut = left.filter { path, targets in targets.isDisjoint(with: left.keys) || !named.contains(path) }
            if isOut.isEmpty { return left.keys.sorted() }
            for path in isOut.keys { left[path] = nil }
            left = left.mapValues { $0.intersection(left.keys) }
        }
    }

    /// A type at the outermost level of a file, or an extension of one.
    private struct Part {
        let name: String
        let isExtension: Bool
        /// The types that are declared within it.
        var nested: Set<String> = []
        /// The capitalised names in it, without members of other types.
        var named: Set<String> = []
    }

    private static func types(of file: SourceFile) -> [Part] {
        var parts: [Part] = []
        for line in file.swift?.code ?? [] {
            let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }
            if let (keyword, name) = declaration(words) {
                let isOutermost = line.first.map { !$0.isWhitespace } ?? false
                if isOutermost {
                    parts.append(Part(name: name, isExtension: keyword == "extension"))
                } else if !parts.isEmpty {
                    parts[parts.count - 1].nested.insert(name)
                }
            }
            guard !parts.isEmpty else { continue }
            for word in words where word.first?.isUppercase == true {
                parts[parts.count - 1].named.insert(String(word.prefix { $0 != "." }))
            }
        }
        return parts
    }

    private static let keywords: Set<Substring> = [
        "actor", "class", "enum", "extension", "protocol", "struct", "typealias",
    ]

    private static func declaration(_ words: [Substring]) -> (keyword: Substring, name: String)? {
        for (word, next) in zip(words, words.dropFirst()) where keywords.contains(word) {
            guard next.first?.isUppercase == true else { continue }
            return (word, String(next.prefix { $0 != "." }))
        }
        return nil
    }
}
