// Finds declarations that no code names. It goes by words: it overlooks a declaration whose name has another use, and
// it finds none that is in use.

/// The names that some files declare, and how often some files use them.
struct Declarations {
    private struct Declaration {
        let name: String
        /// Whether it is a case of an enumeration without a payload: uses of such a case look like `.name`.
        let isPlainCase: Bool
        let file: SourceFile
        let line: Int
    }

    private var all: [Declaration] = []
    private var words: [String: Int] = [:]
    private var members: [String: Int] = [:]

    /// - Parameters:
    ///   - files: their declarations are looked at; what they use counts.
    ///   - users: what they use counts too.
    init(in files: [SourceFile], users: [SourceFile] = []) {
        for file in files + users {
            for line in file.swift?.code ?? [] { count(Self.tokens(of: line)) }
        }
        for file in files {
            for (index, line) in (file.swift?.code ?? []).enumerated() {
                let tokens = Self.tokens(of: line)
                all += Self.named(tokens).map { .init(name: $0, isPlainCase: false, file: file, line: index + 1) }
                all += Self.cases(tokens).map {
                    .init(name: $0.name, isPlainCase: !$0.hasPayload, file: file, line: index + 1)
                }
            }
        }
    }

    /// What is declared and named nowhere else.
    ///
    /// - Parameter exempt: names that code outside of the files uses.
    func unnamed(exempt: Set<String>) -> [Finding] {
        let declared = all.reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
        return all.filter { declaration in
            guard !exempt.contains(declaration.name), declaration.name != "_" else { return false }
            return declaration.isPlainCase
                ? members[declaration.name] == nil : words[declaration.name] == declared[declaration.name]
        }.map { $0.file.finding($0.line, "nobody names `\($0.name)`") }
    }

    private mutating func count(_ tokens: [Substring]) {
        for (index, token) in tokens.enumerated() where Self.isWord(token) {
            words[String(token), default: 0] += 1
            let isCalled = index + 1 < tokens.count && tokens[index + 1] == "("
            if index > 0, tokens[index - 1] == ".", !isCalled { members[String(token), default: 0] += 1 }
        }
    }

    private static let keywords: Set<Substring> = [
        "func", "var", "let", "struct", "class", "enum", "actor", "protocol", "typealias", "associatedtype",
    ]

    private static func named(_ tokens: [Substring]) -> [String] {
        zip(tokens, tokens.dropFirst()).filter { keywords.contains($0) && isWord($1) && !keywords.contains($1) }
            .map { String($1) }
    }

    /// The cases that a line declares. A `case` of a switch has a colon behind its pattern, or a dot before its name.
    private static func cases(_ tokens: [Substring]) -> [(name: String, hasPayload: Bool)] {
        let tokens = tokens.first == "indirect" ? tokens.dropFirst() : tokens[...]
        guard tokens.first == "case" else { return [] }
        var cases: [(name: String, hasPayload: Bool)] = []
        var depth = 0
        var isName = true
        for token in tokens.dropFirst() {
            switch token {
            case "(":
                if depth == 0, !cases.isEmpty, !isName { cases[cases.count - 1].hasPayload = true }
                depth += 1
            case ")": depth -= 1
            case ",": if depth == 0 { isName = true }
            case ":", ".": if depth == 0 { return [] }
            default:
                guard depth == 0, isName else { continue }
                guard isWord(token), token != "let", token != "var", token != "is" else { return [] }
                cases.append((String(token), false))
                isName = false
            }
        }
        return cases
    }

    private static func isWord(_ token: Substring) -> Bool {
        token.utf8.first.map { isWordByte($0) && !(0x30...0x39).contains($0) } ?? false
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }

    /// Words, numbers and single marks; spaces and backticks are left out.
    private static func tokens(of line: String) -> [Substring] {
        var tokens: [Substring] = []
        var rest = line.utf8[...]
        while let byte = rest.first {
            let length = isWordByte(byte) ? rest.prefix(while: isWordByte).count : 1
            if byte != 0x20, byte != 0x60 { tokens.append(Substring(rest.prefix(length))) }
            rest = rest.dropFirst(length)
        }
        return tokens
    }
}
