package sallyport.credentials.certificates;

/** Kinds of keys that are accepted. */
public enum KeyType {
  EC_P256,
  EC_P384,
  RSA
}
