// Brings a database's schema up to this program's, and tells how the two stand to each other.
//
//     empty or older ──(a table file)──► … ──(the last one)──► tables up to date ──(all functions at once)──► current
//
// Every arrow is one transaction: it takes the migrators' advisory lock, reads what the database has, does its step,
// and notes it. So migrators that run at once take turns, and each finds what the others have done. A step that fails
// leaves nothing of itself and everything before it; one whose connection was lost is settled by the next run.
// Checksums are Postgres's own work.

public import LibpqClient
public import Logging

/// The schema of one database.
public struct Migrator: Sendable {
    /// The time in which a step must be done, with the wait for other migrators.
    public static let stepDeadline = Duration.seconds(300)

    private let client: PostgresClient
    private let files: SchemaFiles
    private let logger: Logger

    public init(client: PostgresClient, logger: Logger) {
        self.init(client: client, files: .ofThisBuild, logger: logger)
    }

    init(client: PostgresClient, files: SchemaFiles, logger: Logger) {
        self.client = client
        self.files = files
        self.logger = logger
    }

    /// Runs the table files that the database lacks, in order, and then puts the functions in place.
    ///
    /// - Parameter goingBack: puts this program's functions in place even if the database's are newer.
    /// - Returns: what this call did; another migrator may have done a part.
    @discardableResult
    public func migrate(goingBack: Bool = false) async throws(MigrationError) -> SchemaChanges {
        var changes = SchemaChanges()
        while let file = try await step("A table file", goingBack, runNextTable) {
            logger.info("a table file ran", metadata: ["file": "\(file)"])
            changes.tables.append(file)
        }
        (changes.functions, changes.dropped) = try await step("The change of functions", goingBack, placeFunctions)
        if !changes.functions.isEmpty || !changes.dropped.isEmpty {
            let names = changes.functions.map(\.name) + changes.dropped
            logger.info("functions were put in place", metadata: ["files": "\(names.joined(separator: " "))"])
        }
        return changes
    }

    /// Gives a role the rights of the service, and no others: those of the schema as it is now.
    public func grantServiceRights(to role: String) async throws(MigrationError) {
        do {
            _ = try await client.query(Self.grant, [.text(role)], deadline: .now + Self.stepDeadline)
        } catch {
            throw .failed("The grant of rights to \(role)", error)
        }
    }

    /// Every file that the database or this program knows. Changes nothing.
    public func report() async throws(MigrationError) -> SchemaReport {
        do {
            return try await client.withConnection(deadline: .now + LedgerTimes.call) { connection in
                try await read(connection)
            }
        } catch {
            throw MigrationError("The database's schema cannot be read.", underlying: error)
        }
    }

    /// One transaction under the lock. The closure gets what is known then, of a database that may be built upon.
    private func step<Result>(
        _ name: String, _ goingBack: Bool, _ body: (PostgresConnection, SchemaReport) async throws -> Result
    ) async throws(MigrationError) -> Result {
        do {
            return try await client.withTransaction(deadline: .now + Self.stepDeadline) { connection in
                _ = try await connection.query(Self.lift)
                _ = try await connection.query(Self.lock)
                let report = try await read(connection)
                switch report.state {
                case .newerFunctions where goingBack: break
                case .early, .newerTables, .newerFunctions, .changedTable:
                    throw MigrationError("\(report.state)")
                case .current, .lacksTables, .olderFunctions, .otherFunctions: break
                }
                return try await body(connection, report)
            }
        } catch {
            throw .failed(name, error)
        }
    }

    private func runNextTable(_ connection: PostgresConnection, _ report: SchemaReport) async throws -> SchemaFile? {
        guard let place = report.tables.firstIndex(where: { $0.state == .pending }) else { return nil }
        let file = files.tables[place]
        do {
            if try await !isRegistered(connection) { try await connection.execute(script: SchemaFiles.register) }
            try await connection.execute(script: file.text, name: file.name)
            _ = try await connection.query(
                Self.noteTable, [.int4(Int32(place + 1)), .text(file.name), .text(file.text)])
            return file
        } catch {
            throw MigrationError.failed("The table file \(file)", error)
        }
    }

    /// Drops the functions of all files that differ or are gone, and makes those of all files that are not in place.
    ///
    /// Functions whose file is unchanged stay as they are: Postgres notes no dependency of one function on another.
    private func placeFunctions(
        _ connection: PostgresConnection, _ report: SchemaReport
    ) async throws -> (placed: [SchemaFile], dropped: [String]) {
        let former = report.functions.filter { $0.differs || $0.isUnknown }.map(\.name)
        let missing = Set(report.functions.filter { $0.differs || $0.state == .pending }.map(\.name))
        let placed = files.functions.filter { missing.contains($0.name) }
        guard !former.isEmpty || !placed.isEmpty else { return ([], []) }

        let functions = try await connection.query(Self.strikeFunctions, [.textArray(former)]).map { row in
            try row[0].string()
        }
        if !functions.isEmpty {
            try await connection.execute(script: "drop function if exists \(functions.joined(separator: ", "))")
        }
        for file in placed {
            do {
                try await connection.execute(script: file.text, name: file.name)
                _ = try await connection.query(
                    Self.noteFunctions,
                    [.text(file.name), .text(file.text), .int4(Int32(files.functionsRevision))])
            } catch {
                throw MigrationError.failed("The function file \(file)", error)
            }
        }
        _ = try await connection.query(Self.noteRevision, [.int4(Int32(files.functionsRevision))])
        return (placed, report.functions.filter(\.isUnknown).map(\.name))
    }

    private func isRegistered(_ connection: PostgresConnection) async throws -> Bool {
        try await connection.query(Self.find).firstRow()[0].bool()
    }

    private func read(_ connection: PostgresConnection) async throws -> SchemaReport {
        let found = try await connection.query(Self.find).firstRow()
        guard try found[0].bool() else {
            func pending(_ file: SchemaFile) -> SchemaFileStatus { SchemaFileStatus(name: file.name, state: .pending) }
            return SchemaReport(
                tables: files.tables.map(pending), functions: files.functions.map(pending),
                programRevision: files.functionsRevision, databaseRevision: nil, isEarly: try found[1].bool())
        }
        let tables = try await connection.query(
            Self.compareTables,
            [.textArray(files.tables.map(\.name)), .textArray(files.tables.map(\.text))])
        let functions = try await connection.query(
            Self.compareFunctions,
            [.textArray(files.functions.map(\.name)), .textArray(files.functions.map(\.text))])
        return SchemaReport(
            tables: try tables.map(Self.status), functions: try functions.map(Self.status),
            programRevision: files.functionsRevision,
            databaseRevision: try functions.compactMap { try $0[3].optional?.int32() }.max().map(Int.init))
    }

    private static func status(_ row: PostgresRow) throws -> SchemaFileStatus {
        var state = SchemaFileStatus.State.pending
        if !row[1].isNull {
            let since = try row.time(1)
            state =
                switch try row[2].optional?.bool() {
                case true?: .inPlace(since: since)
                case false?: .differs(since: since)
                case nil: .unknown(since: since)
                }
        }
        return SchemaFileStatus(name: try row[0].string(), state: state)
    }
}
