// The schema's versions: the SQL files of Migrations, built into the program.

/// One step of the schema, forward and back.
public struct Migration: Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1 without gaps.
    public let version: Int
    public let name: String
    let up: String
    let down: String

    init(_ version: Int, _ name: String, up: String, down: String) {
        self.version = version
        self.name = name
        self.up = up
        self.down = down
    }

    private init(_ version: Int, _ name: String, up: [UInt8], down: [UInt8]) {
        self.init(
            version, name, up: String(decoding: up, as: UTF8.self), down: String(decoding: down, as: UTF8.self))
    }

    /// The name of its file without the endings: `0002_batch_functions`.
    public var description: String {
        let digits = String(version)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "_" + name
    }

    /// All that this build knows, in their order. An embedded file is named as it is on disk, its first digit and all
    /// signs of punctuation replaced by `_`.
    public static let all = [
        Migration(
            1, "initial_schema", up: PackageResources._001_initial_schema_up_sql,
            down: PackageResources._001_initial_schema_down_sql),
        Migration(
            2, "batch_functions", up: PackageResources._002_batch_functions_up_sql,
            down: PackageResources._002_batch_functions_down_sql),
        Migration(
            3, "catalog", up: PackageResources._003_catalog_up_sql, down: PackageResources._003_catalog_down_sql),
        Migration(
            4, "duty_locks", up: PackageResources._004_duty_locks_up_sql,
            down: PackageResources._004_duty_locks_down_sql),
        Migration(
            5, "sale_snapshot", up: PackageResources._005_sale_snapshot_up_sql,
            down: PackageResources._005_sale_snapshot_down_sql),
        Migration(
            6, "cancellations", up: PackageResources._006_cancellations_up_sql,
            down: PackageResources._006_cancellations_down_sql),
        Migration(
            7, "no_false_refusals", up: PackageResources._007_no_false_refusals_up_sql,
            down: PackageResources._007_no_false_refusals_down_sql),
    ]

    /// Makes the table in which applied migrations are recorded.
    static let record = String(decoding: PackageResources._000_migrations_sql, as: UTF8.self)
}
