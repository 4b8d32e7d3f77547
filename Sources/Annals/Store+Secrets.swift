public import BSON
import LMDB
import Schema
import Views

/// What may be asked about secrets, which leave by no read: whether a text fits one, and whose a token is.
extension Store {
    /// Whether a text fits a secret of a document: a password, a token, or one of an array of either.
    ///
    /// `id`: `nil` for somebody who is not there. That, and a document without the secret, is answered with no, and costs
    /// what any wrong answer costs.
    /// - Throws: ``StoreError/secret(_:)``, also where the stored hash is of a kind that cannot be checked here.
    public func fits(
        _ text: String, secret field: String, of id: ObjectID?, in collection: String
    ) async throws(StoreError) -> Bool {
        let model = try self.collection(collection)
        let (secret, rules) = try self.secret(field, of: model)
        let asked = rules.normalized(text)
        let stored = try id.map { (id) throws(StoreError) in try texts(secret.path, of: id, in: model) } ?? []
        if secret.privacy == .token {
            let hash = admitter.secrets.token(asked)
            // All are compared, whichever fits.
            return stored.reduce(false) { Secrets.isEqual($1.utf8, hash.utf8) || $0 }
        }
        let rounds = options.passwordRounds
        do throws(SecretError) {
            return try await hashing.run { () throws(SecretError) in
                try Secrets.fits(asked, anyOf: stored, rounds: rounds)
            }
        } catch { throw .secret(error) }
    }

    /// The only document with this token in a token field that begins an index; the index holds its keyed hash.
    ///
    /// `expiring`: a date beside it; where it is past by the store's clock, or missing, the token is not found.
    public func find(
        token: String, field: String, in collection: String, expiring: String? = nil
    ) throws(StoreError) -> ObjectID? {
        let model = try self.collection(collection)
        let (secret, rules) = try self.secret(field, of: model)
        guard secret.privacy == .token else {
            throw .secret(.notDeclared("\(model.name).\(field) is no token: it can be checked, not found"))
        }
        let expiry = expiring.map { FieldPath($0) }
        let now = options.clock.now()
        return try only(model, secret, admitter.secrets.token(rules.normalized(token))) { document in
            guard let expiry else { return true }
            return document[expiry]?.dateTime.map { $0.milliseconds > now } ?? false
        }
    }

    /// The only document with this text in a field, no secret, that begins an index.
    public func find(_ text: String, field: String, in collection: String) throws(StoreError) -> ObjectID? {
        let model = try self.collection(collection)
        guard let declared = model.fields.first(where: { $0.name == field }), !declared.privacy.isSecret else {
            throw .secret(.notDeclared("\(model.name) has no open field \(field)"))
        }
        return try only(model, declared, declared.normalized(text)) { _ in true }
    }

    // MARK: Looking

    /// A secret field, and the rules of its texts.
    private func secret(_ name: String, of model: CollectionModel) throws(StoreError)
        -> (field: FieldDescriptor, rules: FieldDescriptor)
    {
        guard let field = model.fields.first(where: { $0.name == name }), field.privacy.isSecret else {
            throw .secret(.notDeclared("\(model.name) has no secret field \(name)"))
        }
        if case .array(let element) = field.kind { return (field, element) }
        return (field, field)
    }

    private func texts(_ path: FieldPath, of id: ObjectID, in model: CollectionModel) throws(StoreError) -> [String] {
        do throws(LMDBError) {
            let snapshot = try snapshot()
            guard let document = try snapshot.document(model, id: id), let value = document[path] else { return [] }
            return value.texts
        } catch { throw .views(error) }
    }

    /// By index. A text that two documents have names neither.
    private func only(
        _ model: CollectionModel, _ field: FieldDescriptor, _ text: String, where accepts: (RawDocument) -> Bool
    ) throws(StoreError) -> ObjectID? {
        guard let ordinal = model.indexes.firstIndex(where: { $0.parts.first?.name == field.name }) else {
            throw .secret(.notDeclared("\(model.name) has no index that begins with \(field.name)"))
        }
        let pattern = model.indexes[ordinal].pattern
        var first: [UInt8] = []
        text.encodeKey(descending: pattern.parts[0].descending, limit: pattern.componentLimit, into: &first)
        var found: [ObjectID] = []
        do throws(LMDBError) {
            let snapshot = try snapshot()
            // No encoded component starts with 0xFF, so that is past all that start with the text.
            try snapshot.scan(model, index: ordinal, from: first, to: first + [0xFF]) { _, key throws(LMDBError) in
                guard let document = try snapshot.document(model, key: key), accepts(document),
                    let id = document.value(named: "_id")?.objectID, !found.contains(id),
                    // The key of a long text is cut.
                    document[field.path]?.texts.contains(text) == true
                else { return true }
                found.append(id)
                return found.count == 1
            }
        } catch { throw .views(error) }
        return found.count == 1 ? found[0] : nil
    }
}

extension RawValue {
    /// A text, or those of an array.
    fileprivate var texts: [String] {
        if let string { return [string] }
        var texts: [String] = []
        if type == .array {
            document?.forEach { _, value in if let text = value.string { texts.append(text) } }
        }
        return texts
    }
}
