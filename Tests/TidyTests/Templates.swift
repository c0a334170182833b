// The tags of Mustache's templates against the code that fills them in. Both have only the name in common.

enum Templates {
    /// The tags that no string of the code names: they are empty on every page.
    static func emptyTags(of template: SourceFile, filledBy code: [SourceFile]) -> [Finding] {
        let names = Set(code.flatMap { $0.swift?.strings.map(\.text) ?? [] })
        return template.lines.enumerated().flatMap { index, line in
            // The dot stands for the element of a list.
            line.matches(of: #/\x7B{2}\W?([\w.]+)\x7D/#).map { String($0.1) }
                .filter { $0 != "." && !names.contains($0) }
                .map { template.finding(index + 1, "no code fills in `\($0)`") }
        }
    }
}
