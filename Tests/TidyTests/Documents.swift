// The habits of documents: their links lead to files, and the commands and paths that they name exist.

enum Documents {
    /// The links of a Markdown file to files, as paths from the repository's root.
    static func links(of file: SourceFile) -> [(line: Int, path: String)] {
        let directory = file.path.split(separator: "/").dropLast()
        return file.lines.enumerated().flatMap { index, line in
            line.matches(of: #/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/#).compactMap { match -> (line: Int, path: String)? in
                guard !match.1.contains("://"), !match.1.hasPrefix("mailto:") else { return nil }
                return (index + 1, resolve(match.1, in: directory))
            }
        }
    }

    /// The headings that links of a Markdown file name, with the file that has to have each.
    static func headings(linkedFrom file: SourceFile) -> [(line: Int, path: String, heading: String)] {
        let directory = file.path.split(separator: "/").dropLast()
        return file.lines.enumerated().flatMap { index, line in
            line.matches(of: #/\]\(([^)\s#]*)#([^)\s]+)\)/#).compactMap { match in
                guard !match.1.contains("://") else { return nil }
                return (index + 1, match.1.isEmpty ? file.path : resolve(match.1, in: directory), String(match.2))
            }
        }
    }

    /// The names by which links call the headings of a Markdown file, as GitHub makes them.
    static func headings(of file: SourceFile) -> Set<String> {
        var names: Set<String> = []
        var isCode = false
        for line in file.lines {
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode, let match = line.firstMatch(of: #/^#{1,6} (.*)$/#) else { continue }
            let kept = match.1.lowercased().filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
            let name = kept.replacing(" ", with: "-")
            var (unique, count) = (name, 0)
            while !names.insert(unique).inserted {
                count += 1
                unique = "\(name)-\(count)"
            }
        }
        return names
    }

    /// The targets of `make` that a Markdown file names in its code.
    static func makeTargets(of file: SourceFile) -> [(line: Int, target: String)] {
        file.lines.enumerated().flatMap { index, line in
            line.matches(of: #/(?:`|^)make ([a-z-]+)/#).map { (index + 1, String($0.1)) }
        }
    }

    /// The files and folders of the repository that a Markdown file names in its code.
    static func paths(of file: SourceFile) -> [(line: Int, path: String)] {
        let path = #/`((?:Sources|Tests|LoadTest|docs|scripts|grafana|prometheus)\/[A-Za-z0-9_.+\/-]*)`/#
        return file.lines.enumerated().flatMap { index, line in
            line.matches(of: path).map { (index + 1, String($0.1)) }
        }
    }

    /// The number of items in the numbered lists of a section, by their headings.
    static func walks(of file: SourceFile, section: String) -> [String: Int] {
        let lines = file.lines.drop { $0 != "## \(section)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
        var counts: [String: Int] = [:]
        var heading = ""
        for line in lines {
            if line.hasPrefix("### ") { heading = String(line.dropFirst(4)) }
            if line.contains(#/^\d+\. /#) { counts[heading, default: 0] += 1 }
        }
        return counts
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
