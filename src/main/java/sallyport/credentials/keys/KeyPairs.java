package sallyport.credentials.keys;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import org.bouncycastle.jcajce.provider.asymmetric.util.EC5Util;
import org.bouncycastle.math.ec.ECCurve;
import org.bouncycastle.math.ec.ECPoint;

/** Computation of the public key that belongs to a private one. */
final class KeyPairs {
  private KeyPairs() {}

  static KeyPair of(PrivateKey key) throws GeneralSecurityException {
    return switch (key) {
      case ECPrivateKey ec -> {
        ECParameterSpec parameters = ec.getParams();
        ECCurve curve = EC5Util.convertCurve(parameters.getCurve());
        ECPoint point =
            EC5Util.convertPoint(curve, parameters.getGenerator()).multiply(ec.getS()).normalize();
        yield new KeyPair(
            KeyFactory.getInstance("EC")
                .generatePublic(new ECPublicKeySpec(EC5Util.convertPoint(point), parameters)),
            key);
      }
      case RSAPrivateCrtKey rsa ->
          new KeyPair(
              KeyFactory.getInstance("RSA")
                  .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent())),
              key);
      default -> throw new GeneralSecurityException(key.getAlgorithm());
    };
  }
}
