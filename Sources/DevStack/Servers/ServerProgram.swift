// Where the servers' programs are. Debian keeps Postgres' programs outside PATH, in one directory for each version.

import FoundationEssentials

enum ServerProgram {
    /// The directory of the programs of one major version of Postgres, of the newest one if `version` is nil.
    ///
    /// `POSTGRES_PROGRAMS` names another directory.
    static func postgres(version: Int?) throws(DevStackError) -> String {
        if let chosen = ProcessInfo.processInfo.environment["POSTGRES_PROGRAMS"] { return chosen }
        let root = "/usr/lib/postgresql"
        let installed = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [])
            .compactMap { Int($0) }
            .filter { FileManager.default.isExecutableFile(atPath: "\(root)/\($0)/bin/postgres") }
        if let newest = installed.max(), version.map(installed.contains) ?? true {
            return "\(root)/\(version ?? newest)/bin"
        }
        // Outside Debian there is one version, in PATH.
        if installed.isEmpty, let found = path(of: "postgres") {
            return String(found.dropLast("/postgres".count))
        }
        guard let version, let newest = installed.max() else {
            throw missing("Postgres", package: "postgresql")
        }
        throw DevStackError(
            .directoryUnusable,
            "The data were written by PostgreSQL \(version), installed is \(newest): install that, or start fresh."
        )
    }

    /// A program in PATH.
    static func find(_ name: String, package: String) throws(DevStackError) -> String {
        guard let found = path(of: name) else { throw missing(name, package: package) }
        return found
    }

    private static func path(of name: String) -> String? {
        SearchPath.folders().split(separator: ":")
            .map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func missing(_ program: String, package: String) -> DevStackError {
        DevStackError(.programMissing, "\(program) is not installed: `make setup` or `apt-get install \(package)`.")
    }
}
