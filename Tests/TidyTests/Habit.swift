// A habit that a program can check: a function of one file, without I/O, so that a test can give it a file that breaks
// the habit.

/// A rule over single files: a sentence, and a function that finds where a file breaks it.
struct Habit: Sendable, CustomStringConvertible {
    let sentence: String
    let findings: @Sendable (SourceFile) -> [Finding]

    init(_ sentence: String, _ findings: @escaping @Sendable (SourceFile) -> [Finding]) {
        self.sentence = sentence
        self.findings = findings
    }

    var description: String { sentence }

    static let all: [Habit] = [
        opensWithComment, lineLength, finished, banned, documented, noSleeps, endingLoops, noOtherLanguages,
        functionLength, oneType, fileLength,
    ]

    static let lineLengthMax = 120
    static let functionLinesMax = 70
    static let fileLinesMax = 300
    /// The longest type that may be in the file of another type without being private.
    static let companionLinesMax = 60
    /// The same for classes and actors.
    static let activeCompanionLinesMax = 20
}
