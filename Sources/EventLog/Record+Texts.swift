/// The texts, as bytes in place and as strings. An absent text is empty.
extension Record {
    /// The UTF-8 bytes of one text, in place.
    public subscript(text: RecordText) -> UnsafeRawBufferPointer {
        slice(offset(of: text.rawValue), textByteCount(text.rawValue))
    }

    public var idUTF8: UnsafeRawBufferPointer { self[.id] }
    public var sourceUTF8: UnsafeRawBufferPointer { self[.source] }
    public var typeUTF8: UnsafeRawBufferPointer { self[.type] }
    public var subjectUTF8: UnsafeRawBufferPointer { self[.subject] }
    public var principalUTF8: UnsafeRawBufferPointer { self[.principal] }
    public var actorUTF8: UnsafeRawBufferPointer { self[.actor] }

    public var id: String { string(.id) }
    public var source: String { string(.source) }
    public var type: String { string(.type) }
    public var subject: String { string(.subject) }
    public var principal: String { string(.principal) }
    public var actor: String { string(.actor) }
    public var correlationID: String { string(.correlationID) }
    public var causationID: String { string(.causationID) }
    public var traceparent: String { string(.traceparent) }

    private func string(_ text: RecordText) -> String {
        String(decoding: self[text], as: UTF8.self)
    }
}
