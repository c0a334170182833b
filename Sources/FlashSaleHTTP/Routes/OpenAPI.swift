// The description of the API, in Resources/openapi.json. A test compares it with real answers.

internal import NIOCore

enum OpenAPI {
    /// The document's bytes.
    static let document = ByteBuffer(bytes: PackageResources.openapi_json)
}
