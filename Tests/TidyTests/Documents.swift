// The habits of what is written for people: links lead somewhere, and the commands it names exist.

enum Documents {
    /// The targets of a Markdown file's links that should be files, as paths from the repository's root.
    static func links(of file: SourceFile) -> [(line: Int, path: String)] {
        let directory = file.path.split(separator: "/").dropLast()
        return file.lines.enumerated().flatMap { index, line in
            line.matches(of: #/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/#).compactMap { match -> (line: Int, path: String)? in
                guard !match.1.contains("://"), !match.1.hasPrefix("mailto:") else { return nil }
                return (index + 1, resolve(match.1, in: directory))
            }
        }
    }

    /// The targets of `make` that a Markdown file names in its code.
    static func makeTargets(of file: SourceFile) -> [(line: Int, target: String)] {
        file.lines.enumerated().flatMap { index, line in
            line.matches(of: #/(?:`|^)make ([a-z-]+)/#).map { (index + 1, String($0.1)) }
        }
    }

    /// The targets that a Makefile has.
    static func targets(ofMakefile file: SourceFile) -> Set<String> {
        Set(file.lines.compactMap { $0.firstMatch(of: #/^([a-z-]+):/#).map { String($0.1) } })
    }

    private static func resolve(_ link: Substring, in directory: ArraySlice<Substring>) -> String {
        var parts = Array(directory)
        for part in link.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }
}
