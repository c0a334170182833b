// A file of the repository for the checks of habits: its path, its lines, and for Swift its code, strings and comments.

/// One text file, by its path from the repository's root.
struct SourceFile: Sendable {
    let path: String
    let text: String
    let lines: [String]
    /// The code, strings and comments of a Swift file; nil for any other file.
    let swift: SwiftScanner?

    init(path: String, text: String) {
        self.path = path
        self.text = text
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        swift = path.hasSuffix(".swift") ? SwiftScanner(text) : nil
    }

    /// The file's name without its directory.
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// The part of the name after the last dot; empty if there is none.
    var kind: String { name.contains(".") ? String(name.split(separator: ".").last ?? "") : "" }

    /// The module whose directory the file is in, for files of `Sources` and `Tests`.
    var module: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && (parts[0] == "Sources" || parts[0] == "Tests") ? String(parts[1]) : nil
    }

    var isSource: Bool { path.hasPrefix("Sources/") }
    var isTest: Bool { path.hasPrefix("Tests/") }

    func finding(_ line: Int, _ message: String) -> Finding {
        Finding(path: path, line: line, message: message)
    }
}

/// A place where a file breaks a habit.
struct Finding: Hashable, Sendable, CustomStringConvertible {
    let path: String
    /// Counted from 1.
    let line: Int
    let message: String

    var description: String { "\(path):\(line): \(message)" }
}
