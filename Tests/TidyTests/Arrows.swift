// The arrows between the modules: those in Package.swift, and those that the sources use.

/// Which module may import which.
struct Arrows: Equatable {
    /// The modules of this package that each module depends on.
    let modules: [String: Set<String>]

    init(modules: [String: Set<String>]) {
        self.modules = modules
    }

    /// Reads the text of Package.swift. A target is a call that begins with a name; its arrows are the quoted names in
    /// the brackets after it.
    init(package text: String) {
        let opening = #/(?:library|tests|\.executableTarget|\.target|\.systemLibrary)\(\s*(?:name: )?"(\w+)"[^\[\])]*/#
        let declarations = text.matches(of: opening)
        let names = Set(declarations.map { String($0.1) })
        var modules: [String: Set<String>] = [:]
        for declaration in declarations {
            let rest = text[declaration.range.upperBound...]
            let list = rest.first == "[" ? rest.prefix { $0 != "]" } : ""
            modules[String(declaration.1)] = Set(list.matches(of: #/"(\w+)"/#).map { String($0.1) }).intersection(names)
        }
        self.modules = modules
    }

    /// The imports of this package's modules without an arrow, and the public imports of C libraries.
    func findings(in file: SourceFile) -> [Finding] {
        guard let module = file.module, let swift = file.swift else { return [] }
        let allowed = modules[module] ?? []
        return swift.code.enumerated().flatMap { index, line -> [Finding] in
            guard let match = line.firstMatch(of: #/^\s*((?:@\w+\s+|public\s+|internal\s+)*)import\s+(\w+)/#) else {
                return []
            }
            let imported = String(match.2)
            if modules[imported] != nil, imported != module, !allowed.contains(imported) {
                return [file.finding(index + 1, "\(module) has no arrow to \(imported)")]
            }
            if match.1.contains("public"), ["CHiredis", "CLibpq", "CLinux", "COpenSSL", "CZlib"].contains(imported) {
                return [file.finding(index + 1, "\(imported) stays inside of \(module)")]
            }
            return []
        }
    }

    /// The arrows of `self` that `other` does not have, as sentences.
    func missing(in other: Arrows) -> [String] {
        modules.keys.sorted().flatMap { module in
            (modules[module] ?? []).subtracting(other.modules[module] ?? []).sorted().map { "\(module) -> \($0)" }
        }
    }
}
