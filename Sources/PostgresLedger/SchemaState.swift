// Whether a database and this program fit together, in a word and in a sentence.

/// Whether a database and this program fit together, and if not, which side is older.
public enum SchemaState: Hashable, Sendable, CustomStringConvertible {
    case current
    /// The database is older: it lacks these table files.
    case lacksTables([String])
    /// The database's functions are older, or not there.
    case olderFunctions(Int?, here: Int)
    /// These function files are not the same, though no side is older: the functions of a release in the making.
    case otherFunctions([String], revision: Int)
    /// This program is older: it does not know this table file.
    case newerTables(String)
    /// This program's functions are older.
    case newerFunctions(Int, here: Int)
    /// The database ran this table file with another text.
    case changedTable(String)
    /// The database is from before the first release.
    case early

    /// True if a process of this program that is running may go on: the database has what the program needs, or has
    /// gone on to a newer release, whose schema also serves the programs of the release before.
    public var isServed: Bool {
        switch self {
        case .current, .newerTables, .newerFunctions: true
        case .lacksTables, .olderFunctions, .otherFunctions, .changedTable, .early: false
        }
    }

    /// A sentence that says which side is older, and what to do.
    public var description: String {
        switch self {
        case .current: "The database has the schema of this program."
        case .lacksTables(let names):
            "The database is older than this program and lacks \(names.joined(separator: ", ")):"
                + " run `flashsale migrate`."
        case .olderFunctions(let there?, let here):
            "The database's functions are older than this program's (revision \(there), not \(here)):"
                + " run `flashsale migrate`."
        case .olderFunctions(nil, _): "The database lacks this program's functions: run `flashsale migrate`."
        case .otherFunctions(let names, let revision):
            "The database's functions are not this program's, though both have revision \(revision)"
                + " (\(names.joined(separator: ", "))): run `flashsale migrate`."
        case .newerTables(let name):
            "This program is older than the database, which has the table file \(name): use a newer program."
        case .newerFunctions(let there, let here):
            "This program is older than the database's functions (revision \(here), not \(there)):"
                + " use a newer program, or put this one's in place with `flashsale migrate --go-back`."
        case .changedTable(let name):
            "The table file \(name) of this program is not the one that the database ran: use the program that ran it."
        case .early:
            "This database was made before the first release of flashsale, and cannot be brought up to date:"
                + " use an empty one."
        }
    }
}
