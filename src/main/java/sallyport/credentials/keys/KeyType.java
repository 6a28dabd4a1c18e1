package sallyport.credentials.keys;

/** Kinds of keys that are accepted. */
public enum KeyType {
  EC_P256,
  EC_P384,
  RSA
}
