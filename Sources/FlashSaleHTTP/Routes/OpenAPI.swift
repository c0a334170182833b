// The description of the API, kept as a document of its own in Resources/openapi.json. A test holds it against the
// answers that are really given.

internal import NIOCore

enum OpenAPI {
    /// The document's bytes, made once.
    static let document = ByteBuffer(bytes: PackageResources.openapi_json)
}
