// GET /registry/instances and /sd/prometheus of the port for operations: who else is there, for people, scripts and
// Prometheus.

internal import Discovery
internal import NIOCore
internal import NIOHTTP1
internal import Textbook

struct RegistryRoutes: Sendable {
    let list: @Sendable () -> InstanceList

    /// The list, and how old it is.
    func instances() -> Answer {
        let list = list()
        var json = JSONWriter()
        json.beginObject()
        json.field("registry", list.registry)
        json.key("age_seconds")
        json.literal(list.age.map { "\(($0 / .milliseconds(1)).rounded() / 1_000)" } ?? "null")
        if let problem = list.problem { json.field("problem", problem) }
        json.key("instances")
        json.beginArray()
        for instance in list.instances { instance.write(to: &json) }
        json.endArray()
        json.endObject()
        return .json(json)
    }

    /// The targets as Prometheus reads them (`http_sd_configs`). Before the registry has answered once, the list is not
    /// known: Prometheus then keeps the one that it has.
    func prometheusTargets() -> Answer {
        let list = list()
        guard list.age != nil else {
            return .text("the registry has not answered yet\n", status: .serviceUnavailable)
        }
        var json = JSONWriter()
        json.beginArray()
        for instance in list.instances {
            json.beginObject()
            json.key("targets")
            json.beginArray()
            json.string(instance.operations.server.description)
            json.endArray()
            json.key("labels")
            json.beginObject()
            json.field("__scheme__", instance.operations.scheme)
            json.field("__meta_flashsale_name", instance.name)
            json.field("__meta_flashsale_build", instance.build)
            json.field("__meta_flashsale_api", "\(instance.api)")
            json.endObject()
            json.endObject()
        }
        json.endArray()
        return .json(json)
    }
}

extension InstanceList {
    /// Nil while the registry answers.
    var trouble: String? {
        guard problem != nil else { return nil }
        return "registry down" + (age.map { ", its list is \(Int($0 / .seconds(1))) s old" } ?? "")
    }
}
