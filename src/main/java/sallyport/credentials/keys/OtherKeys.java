package sallyport.credentials.keys;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/**
 * Keys that the JDK cannot decode and Bouncy Castle can. They have a class of their own because the
 * jar of Bouncy Castle is signed, and its verification would make every start slow.
 */
final class OtherKeys {
  private OtherKeys() {}

  /**
   * Decodes a traditional EC key (RFC 5915).
   *
   * @param parameters of a block of their own, for a key that does not name its curve; null: none
   */
  static PrivateKey traditionalEc(byte[] der, byte @Nullable [] parameters)
      throws GeneralSecurityException, IOException {
    ASN1Encodable outer =
        parameters == null ? null : ASN1ObjectIdentifier.fromByteArray(parameters);
    ECPrivateKey key = ECPrivateKey.getInstance(der);
    ASN1Encodable own = key.getParametersObject();
    return decode(
        new PrivateKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, own != null ? own : outer),
            key));
  }

  /** Decodes a traditional RSA key (RFC 8017 appendix A.1.2). */
  static PrivateKey traditionalRsa(byte[] der) throws GeneralSecurityException, IOException {
    return decode(
        new PrivateKeyInfo(
            new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
            RSAPrivateKey.getInstance(der)));
  }

  /** Decodes PKCS #8 of any algorithm (RFC 5958). */
  static PrivateKey ofPkcs8(byte[] der) throws GeneralSecurityException, IOException {
    return decode(PrivateKeyInfo.getInstance(der));
  }

  private static PrivateKey decode(PrivateKeyInfo info)
      throws GeneralSecurityException, IOException {
    byte[] encoded = info.getEncoded();
    try {
      return KeyFactory.getInstance(algorithm(info))
          .generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static String algorithm(PrivateKeyInfo info) {
    ASN1ObjectIdentifier oid = info.getPrivateKeyAlgorithm().getAlgorithm();
    if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      return "EC";
    }
    return oid.equals(PKCSObjectIdentifiers.rsaEncryption) ? "RSA" : oid.getId();
  }
}
