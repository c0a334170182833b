// The schema as this program has it: the SQL files of Schema, built into it.

/// One SQL file.
public struct SchemaFile: Hashable, Sendable, CustomStringConvertible {
    /// Its name on disk, without the ending.
    public let name: String
    let text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    fileprivate init(_ name: String, _ text: [UInt8]) {
        self.init(name, String(decoding: text, as: UTF8.self))
    }

    public var description: String { name }
}

/// All files of a schema.
///
/// A table file runs once in a database and never changes after its release. A function file says what its functions
/// are now; when it changes, its functions are dropped and made anew.
public struct SchemaFiles: Sendable {
    /// In the order in which they run; the first has version 1.
    public let tables: [SchemaFile]
    /// In the order in which they are put in place. A function in SQL comes after the functions that it calls.
    public let functions: [SchemaFile]
    /// Grows with each release whose functions differ from the last one's: of two programs whose functions differ, the
    /// one with the lower revision is older.
    public let functionsRevision: Int

    /// The files of this build. An embedded file has the name of the file on disk, with `_` for its first digit and for
    /// all punctuation.
    public static let ofThisBuild = SchemaFiles(
        tables: [
            SchemaFile("0001_ledger", PackageResources._001_ledger_sql),
            SchemaFile("0002_identity", PackageResources._002_identity_sql),
            SchemaFile("0003_lapses", PackageResources._003_lapses_sql),
            SchemaFile("0004_archive", PackageResources._004_archive_sql),
            SchemaFile("0005_queues", PackageResources._005_queues_sql),
            SchemaFile("0006_sale_life", PackageResources._006_sale_life_sql),
            SchemaFile("0007_items_alone", PackageResources._007_items_alone_sql),
            SchemaFile("0008_sale_terms", PackageResources._008_sale_terms_sql),
            SchemaFile("0009_instances", PackageResources._009_instances_sql),
            SchemaFile("0010_refunds", PackageResources._010_refunds_sql),
            SchemaFile("0011_lanes", PackageResources._011_lanes_sql),
            SchemaFile("0012_shops", PackageResources._012_shops_sql),
            SchemaFile("0013_herald", PackageResources._013_herald_sql),
            SchemaFile("0014_room_pace", PackageResources._014_room_pace_sql),
            SchemaFile("0015_pods", PackageResources._015_pods_sql),
            SchemaFile("0016_rebuild_fences", PackageResources._016_rebuild_fences_sql),
            SchemaFile("0017_firmer_walls", PackageResources._017_firmer_walls_sql),
            SchemaFile("0018_plans", PackageResources._018_plans_sql),
            SchemaFile("0019_light_changes", PackageResources._019_light_changes_sql),
        ],
        functions: [
            SchemaFile("identity", PackageResources.identity_sql),
            SchemaFile("lock_and_clock", PackageResources.lock_and_clock_sql),
            SchemaFile("stock", PackageResources.stock_sql),
            SchemaFile("holds", PackageResources.holds_sql),
            SchemaFile("duties", PackageResources.duties_sql),
            SchemaFile("claim", PackageResources.claim_sql),
            SchemaFile("record_alone", PackageResources.record_alone_sql),
            SchemaFile("record", PackageResources.record_sql),
            SchemaFile("queue", PackageResources.queue_sql),
            SchemaFile("order_details", PackageResources.order_details_sql),
            SchemaFile("order_alone", PackageResources.order_alone_sql),
            SchemaFile("order", PackageResources.order_sql),
            SchemaFile("release", PackageResources.release_sql),
            SchemaFile("expire", PackageResources.expire_sql),
            SchemaFile("herald", PackageResources.herald_sql),
            SchemaFile("retention", PackageResources.retention_sql),
            SchemaFile("confirm", PackageResources.confirm_sql),
            SchemaFile("refund", PackageResources.refund_sql),
            SchemaFile("sale_change", PackageResources.sale_change_sql),
            SchemaFile("catalog", PackageResources.catalog_sql),
            SchemaFile("snapshots", PackageResources.snapshots_sql),
            SchemaFile("drift", PackageResources.drift_sql),
            SchemaFile("instances", PackageResources.instances_sql),
            SchemaFile("pods", PackageResources.pods_sql),
            SchemaFile("rights", PackageResources.rights_sql),
        ],
        functionsRevision: 1)

    /// Makes the tables in which the migrator keeps what a database has.
    static let register = String(decoding: PackageResources.register_sql, as: UTF8.self)
}
