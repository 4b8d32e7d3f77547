internal import BSON

/// What a stage computes of a document, read once: paths are resolved, variables are slots, operators are functions.
indirect enum Expression: Sendable {
    case field(QueryPath)
    /// `$$ROOT`: the whole document.
    case root
    /// `$$NOW`
    case now
    /// `$$REMOVE`
    case missing
    case random
    case variable(Int, QueryPath?)
    case constant(Operand)
    case document([(name: String, expression: Expression)])
    case list([Expression])
    /// An argument that may be given or not is `nil` where it is not.
    case call(Function, [Expression?], Call)
    case form(Form)

    /// For conditions outside a pipeline.
    func evaluate(_ document: RawDocument) throws(QueryError) -> Evaluated {
        try evaluate(document, Scope(nil))
    }

    func evaluate(_ document: RawDocument, _ scope: Scope) throws(QueryError) -> Evaluated {
        scope.beginDocument()
        let value = try compute(document, scope)
        try value.checkDepth("pipeline")
        return value
    }

    /// One part of an expression.
    func compute(_ document: RawDocument, _ scope: Scope) throws(QueryError) -> Evaluated {
        switch self {
        case .field(let path): return path.evaluate(document)
        case .root: return .raw(RawValue(document))
        case .now: return .owned(.dateTime(scope.now))
        case .missing: return .missing
        case .random:
            let word: UInt64 = scope.random.next()
            return .owned(.double(Double(word >> 11) * 0x1p-53))
        case .variable(let slot, let path):
            let value = scope[slot]
            return path.map { $0.evaluate(value) } ?? value
        case .constant(let operand): return .raw(operand.raw)
        case .document(let members):
            var writer = DocumentWriter()
            for member in members { writer.append(member.name, try member.expression.compute(document, scope)) }
            let made = Evaluated.owned(.document(writer.finishDocument()))
            try scope.charge(making: made)
            return made
        case .list(let members):
            var values: [Evaluated] = []
            values.reserveCapacity(members.count)
            for member in members { values.append(try member.compute(document, scope).orNull) }
            try scope.charge(making: .list(values))
            return .list(values)
        case .call(let function, let arguments, let call):
            return try function.compute(arguments, call, document, scope)
        case .form(let form): return try form.compute(document, scope)
        }
    }
}

extension QueryPath {
    /// The path from a value on, as expressions walk it.
    func evaluate(_ value: Evaluated) -> Evaluated {
        switch value {
        case .missing: return .missing
        case .raw(let raw):
            if raw.type == .document { return evaluate(RawDocument(raw.base)) }
            return raw.type == .array ? evaluate(each: value) : .missing
        case .owned(.document(let document)): return document.withRaw { evaluate($0).kept }
        case .owned(.array), .list: return evaluate(each: value)
        case .owned: return .missing
        }
    }

    private func evaluate(each value: Evaluated) -> Evaluated {
        .list(
            (value.elements ?? []).compactMap { element in
                guard element.type == .document else { return nil }
                let found = evaluate(element)
                return found.type == nil ? nil : found
            })
    }
}
