internal import BSON
internal import Crypto
internal import CryptoExtras
internal import EventLog
internal import Foundation
internal import Schema

/// A document as one term of a ``LatticeSum``: SHA-256 of what of it is open, spread over all lanes.
struct DocumentHash: Equatable {
    let digest: Digest32

    init(_ document: RawDocument, of model: CollectionModel) {
        var hash = SHA256()
        Self.domain.withUnsafeBytes { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: model.number.rawValue.littleEndian) { hash.update(bufferPointer: $0) }
        model.open.forEachSlice(of: document) { hash.update(bufferPointer: $0) }
        digest = Digest32(hash.finalize())
    }

    /// AES-256 of a counter from 0, with the digest as its key.
    func withLanes(_ body: (UnsafeRawBufferPointer) -> Void) {
        let key = digest.withUnsafeBytes { SymmetricKey(data: $0) }
        // Throws where a key or a nonce is not of AES's length. These are.
        guard let counter = Self.counter, let lanes = try? AES._CTR.encrypt(Self.zeros, using: key, nonce: counter)
        else { preconditionFailure("a digest is a key of AES-256") }
        lanes.withUnsafeBytes { body($0) }
    }

    private static let domain = Array("annals view document 1\0".utf8)
    private static let zeros = [UInt8](repeating: 0, count: LatticeSum.byteCount)
    private static let counter = try? AES._CTR.Nonce(nonceBytes: [UInt8](repeating: 0, count: 16))
}
