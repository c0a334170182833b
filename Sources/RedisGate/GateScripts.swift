// The Lua scripts as the client calls them. Lua has no imports: what scripts share is put before them here.

internal import HiredisClient
internal import Telemetry

enum GateScripts {
    static let reserve = script(.reserve, [resources.marker_lua, resources.buyers_lua, resources.reserve_lua])
    static let settle = script(
        .settle, [resources.marker_lua, resources.buyers_lua, resources.facts_lua, resources.settle_lua])
    static let loadBegin = script(.load, [resources.load_begin_lua])
    static let loadChunk = script(.load, [resources.load_chunk_lua])
    static let loadFinish = script(.load, [resources.buyers_lua, resources.facts_lua, resources.load_finish_lua])
    static let count = script(.fetch, [resources.marker_lua, resources.count_lua])
    static let fetch = script(.fetch, [resources.marker_lua, resources.fetch_lua])
    static let unlock = script(.unlock, [resources.unlock_lua])
    static let renew = script(.renew, [resources.renew_lua])

    private typealias resources = PackageResources

    private static func script(_ label: ScriptLabel, _ parts: [[UInt8]]) -> RedisScript {
        RedisScript(label, source: parts.flatMap { $0 + Array("\n".utf8) })
    }
}
