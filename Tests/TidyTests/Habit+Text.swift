// The habits of lines and words.

extension Habit {
    static let opensWithComment = Habit("A file opens with what it is responsible for") { file in
        let marks = ["swift": "//", "c": "//", "h": "//", "sql": "--", "lua": "--", "yml": "#", "": "#"]
        guard let mark = marks[file.kind], file.name != "shim.h" else { return [] }
        // A first line for a tool does not count as that comment.
        let isForTools = file.text.hasPrefix("#!") || file.text.hasPrefix("// swift-tools-version")
        let first = file.lines.dropFirst(isForTools ? 1 : 0).first ?? ""
        let words = first.hasPrefix(mark) ? first.dropFirst(mark.count).split(separator: " ").count : 0
        return words > 2 ? [] : [file.finding(1, "the file does not open with what it is responsible for")]
    }

    static let lineLength = Habit("A line has at most 120 characters") { file in
        guard ["swift", "c", "h", "sql", "lua"].contains(file.kind) else { return [] }
        return file.lines.enumerated().filter { $1.count > lineLengthMax }
            .map { file.finding($0 + 1, "the line has \($1.count) characters") }
    }

    static let finished = Habit("Nothing is left for later in a comment") { file in
        let pattern = #/\b(TODO|FIXME|XXX|HACK)\b/#
        let comments = file.swift?.comments.map { ($0.line, $0.text) }
        let pieces = comments ?? file.lines.enumerated().map { ($0 + 1, $1) }
        return pieces.filter { $0.1.contains(pattern) }.map { file.finding($0.0, "something is left for later") }
    }

    static let banned = Habit("Names say what a thing is") { file in
        let pattern = #/(Manager|Helper|Util|Utils|Utilities|Impl|UseCase|Common)(?![a-z])/#
        var findings: [Finding] = []
        if let module = file.module, "\(module)/\(file.name)".contains(pattern) {
            findings.append(file.finding(1, "the file's name says nothing"))
        }
        let declaration = #/\b(?:struct|class|actor|enum|protocol|typealias|func)\s+(\w+)/#
        for (index, line) in (file.swift?.code ?? []).enumerated() {
            for match in line.matches(of: declaration) where match.1.contains(pattern) {
                findings.append(file.finding(index + 1, "`\(match.1)` says nothing"))
            }
        }
        return findings
    }

    static let documented = Habit("A public type has a sentence") { file in
        guard file.isSource else { return [] }
        let declaration = #/^public (?:final |indirect )?(?:struct|class|actor|enum|protocol) (\w+)/#
        return file.lines.enumerated().compactMap { index, line in
            guard let match = line.firstMatch(of: declaration) else { return nil }
            let before = file.lines[..<index].last { !$0.hasPrefix("@") } ?? ""
            return before.hasPrefix("///") ? nil : file.finding(index + 1, "nothing says what `\(match.1)` is")
        }
    }

    static let noSleeps = Habit("A test waits on signals, never on time") { file in
        guard file.isTest else { return [] }
        let pattern = #/(Task|Thread)\.sleep\b|(^|[^.\w])(u|nano)?sleep\(/#
        return (file.swift?.code ?? []).enumerated().filter { $1.contains(pattern) }
            .map { index, _ in file.finding(index + 1, "the test sleeps") }
    }

    /// At its time limit a test is cancelled. A loop that goes on would keep all other tests waiting.
    static let endingLoops = Habit("A loop of a test that waits looks at the clock, or whether the test is cancelled") {
        file in
        guard file.isTest || file.module == "FlashSaleTesting" else { return [] }
        let look = #/isCancelled|checkCancellation|\.now\b|\btry await until\(/#
        return Block.all(in: file.swift?.code ?? [], opening: #/(?:^\s*|\{\s*)(?:while\s|repeat \{)/#)
            .filter { $0.text.contains("await") && !$0.text.contains(look) }
            .map { file.finding($0.lines.lowerBound + 1, "the loop may never end") }
    }

    static let noOtherLanguages = Habit("SQL lives in .sql files, Lua in .lua files") { file in
        // A statement that only calls a function of the schema stands with its like in the module's statements.
        guard file.isSource, !file.name.hasSuffix("Statements.swift") else { return [] }
        let sql = #/^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|CREATE|ALTER|DROP|TRUNCATE|LOCK TABLE)\s+[\w*$"(]/#
        return (file.swift?.strings ?? []).filter { $0.text.contains(sql) || $0.text.contains("redis.call(") }
            .map { file.finding($0.line, "another language in a string") }
    }
}
