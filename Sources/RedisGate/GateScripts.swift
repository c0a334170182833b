// The Lua scripts as the client calls them. Lua has no imports, so this puts shared parts before each script.

internal import HiredisClient
internal import Telemetry

enum GateScripts {
    static let reserve = script(
        .reserve, [Resources.marker_lua, Resources.buyers_lua, Resources.clock_lua, Resources.reserve_lua])
    static let begin = script(.begin, [Resources.begin_lua])
    static let settle = script(
        .settle, [Resources.marker_lua, Resources.buyers_lua, Resources.facts_lua, Resources.settle_lua])
    static let loadBegin = script(.load, [Resources.load_begin_lua])
    static let loadChunk = script(.load, [Resources.load_chunk_lua])
    static let loadFinish = script(.load, [Resources.buyers_lua, Resources.facts_lua, Resources.load_finish_lua])
    static let count = script(.fetch, [Resources.marker_lua, Resources.count_lua])
    static let fetch = script(.fetch, [Resources.marker_lua, Resources.fetch_lua])
    static let units = script(.fetch, [Resources.marker_lua, Resources.clock_lua, Resources.units_lua])
    static let proof = script(.proof, [Resources.proof_lua])
    static let unlock = script(.unlock, [Resources.unlock_lua])
    static let renew = script(.renew, [Resources.renew_lua])

    private typealias Resources = PackageResources

    private static func script(_ label: ScriptLabel, _ parts: [[UInt8]]) -> RedisScript {
        RedisScript(label, source: parts.flatMap { $0 + Array("\n".utf8) })
    }
}
