internal import Crypto
internal import Foundation
internal import Platform

extension KeyRing {
    private static let nonceBytes = 12
    private static let authenticationBytes = 16

    /// AES-256-GCM: nonce, sealed bytes, tag. `requestKey` binds them to the record they stand in.
    public func seal(
        _ plain: UnsafeRawBufferPointer, _ id: Digest16, requestKey: Digest16
    ) throws(KeyRingError) -> [UInt8] {
        guard let key = try key(id) else { throw .missingKey(id) }
        do {
            let nonce = try AES.GCM.Nonce(data: randomness.bytes(Self.nonceBytes))
            let box = try requestKey.withUnsafeBytes {
                try AES.GCM.seal(plain, using: key, nonce: nonce, authenticating: $0)
            }
            var sealed: [UInt8] = []
            sealed.reserveCapacity(Self.nonceBytes + plain.count + Self.authenticationBytes)
            sealed.append(contentsOf: nonce)
            sealed.append(contentsOf: box.ciphertext)
            sealed.append(contentsOf: box.tag)
            return sealed
        } catch {
            throw .damagedSeal
        }
    }

    /// What was sealed; `nil` where its key was destroyed.
    public func open(
        _ sealed: UnsafeRawBufferPointer, _ id: Digest16, requestKey: Digest16
    ) throws(KeyRingError) -> [UInt8]? {
        guard let key = try key(id) else { return nil }
        guard sealed.count >= Self.nonceBytes + Self.authenticationBytes else { throw .damagedSeal }
        let end = sealed.count - Self.authenticationBytes
        do {
            let box = try AES.GCM.SealedBox(
                nonce: try AES.GCM.Nonce(data: sealed[..<Self.nonceBytes]),
                ciphertext: sealed[Self.nonceBytes..<end], tag: sealed[end...])
            return try requestKey.withUnsafeBytes { Array(try AES.GCM.open(box, using: key, authenticating: $0)) }
        } catch {
            throw .damagedSeal
        }
    }
}
