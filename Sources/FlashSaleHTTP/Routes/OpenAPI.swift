// The description of the API, from Resources/openapi.json. A test compares it with the answers that the service
// gives.

internal import NIOCore

enum OpenAPI {
    /// The document's bytes.
    static let document = ByteBuffer(bytes: PackageResources.openapi_json)
}
