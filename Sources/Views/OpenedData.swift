public import BSON
public import EventLog
public import Schema

/// The data of a record with what was sealed in it.
public struct OpenedData: Sendable {
    public let data: Document
    /// Whom the sealed values are about; `nil` where nothing is sealed, or the key is gone.
    public let person: Person?
}

extension EventLog {
    /// The data of a record as it was before it was sealed; where its key was destroyed, as erasure leaves it.
    ///
    /// `destroyed`: keys that are about to be destroyed, and count as gone.
    public func opened(_ record: Record, destroyed: [Digest16] = []) throws(KeyRingError) -> OpenedData {
        guard let keyID = record.personKeyID, let sealed = SealedData.sealedBytes(of: record.data) else {
            return OpenedData(data: Document(copying: record.data), person: nil)
        }
        guard let keys else { throw .missingKey(keyID) }
        let plain =
            destroyed.contains(keyID) ? nil : try keys.open(sealed, keyID, requestKey: record.requestKey)
        return keyID.withUnsafeBytes { keyID in
            guard let plain else {
                return OpenedData(
                    data: SealedData.opened(record.data, values: nil, keyID: keyID), person: nil)
            }
            return plain.withUnsafeBytes { bytes in
                // The tag told that these are the bytes that were sealed: an array that we wrote.
                guard let base = bytes.baseAddress else { return OpenedData(data: Document(), person: nil) }
                let values = RawDocument(base)
                return OpenedData(
                    data: SealedData.opened(record.data, values: values, keyID: keyID),
                    person: SealedData.person(in: values))
            }
        }
    }
}
