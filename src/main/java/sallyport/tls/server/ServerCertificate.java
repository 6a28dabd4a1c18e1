package sallyport.tls.server;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import org.jspecify.annotations.Nullable;
import sallyport.credentials.keys.KeyMaterial;
import sallyport.credentials.revocation.ocsp.Staple;
import sallyport.tls.engine.KeyUse;

/**
 * Certificate with its context, ready to be served.
 *
 * @param use what its key is used for
 * @param staple the answer of its issuer about it; null where no responder can be asked
 * @param weight what a full handshake with its key costs the event loop, with P-256 as the unit
 */
record ServerCertificate(SslContext context, KeyUse use, @Nullable Staple staple, int weight) {
  /** Prepares a handshake: sets the answer that is stapled. */
  void prepare(SslHandler handler) {
    byte[] answer = staple == null ? null : staple.current();
    if (answer != null) {
      // BoringSSL shows it to clients that ask, and to no others.
      ((ReferenceCountedOpenSslEngine) handler.engine()).setOcspResponse(answer);
    }
  }

  /**
   * Returns the weight of a key, in round figures of BoringSSL: a private RSA operation grows with
   * the cube of the key's size.
   */
  static int weight(KeyMaterial material) {
    if (material.signer() != null) {
      // The token does the work.
      return 1;
    }
    return switch (material.leaf().getPublicKey()) {
      case RSAPublicKey rsa when rsa.getModulus().bitLength() > 3072 -> 16;
      case RSAPublicKey rsa when rsa.getModulus().bitLength() > 2048 -> 8;
      case RSAPublicKey rsa -> 3;
      case ECPublicKey ec when ec.getParams().getCurve().getField().getFieldSize() > 256 -> 2;
      default -> 1;
    };
  }
}
