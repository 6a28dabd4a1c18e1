package sallyport.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.keys.KeyType;

/**
 * What one listener answers an authority that asks whether it is reached by a name (RFC 8737): a
 * certificate that says so, and nothing more. Only while the authority was promised an answer.
 *
 * <p>Any thread: contexts are made by whoever promises, and only looked up by event loops.
 */
public final class Challenges implements AutoCloseable {
  /** The kind of key that the certificates have. */
  static final KeyType KEY_TYPE = KeyType.EC_P256;

  private final TlsPolicy policy;
  private final Map<String, SslContext> answers = new ConcurrentHashMap<>();
  private final Retired retired = new Retired();

  Challenges(TlsPolicy policy) {
    this.policy = policy;
  }

  /**
   * Promises an answer for a name, in place of any other.
   *
   * @param serverName lower case
   * @param key an elliptic curve key, P-256
   * @param certificate self-signed, with the authority's challenge in it
   */
  public void promise(String serverName, PrivateKey key, X509Certificate certificate) {
    SslContext context;
    try {
      NativeErrors.clear();
      context =
          PolicyContext.under(policy, SslContextBuilder.forServer(key, certificate))
              .applicationProtocolConfig(Alpn.of(List.of(Alpn.ACME)))
              .build();
    } catch (SSLException cannotBe) {
      throw new IllegalStateException(cannotBe);
    }
    retire(answers.put(serverName, context));
  }

  /** Takes a promise back; nothing where there is none. */
  public void withdraw(String serverName) {
    retire(answers.remove(serverName));
  }

  private void retire(@Nullable SslContext context) {
    if (context != null) {
      retired.add(List.of(context));
    }
  }

  /** Null when this is not what an authority asks (RFC 8737 section 3), or not one of ours. */
  @Nullable SslContext answer(ClientHello hello) {
    String name = hello.serverName();
    return name == null || hello.protocols().size() != 1 ? null : answers.get(name);
  }

  @Override
  public void close() {
    answers.keySet().forEach(this::withdraw);
    retired.close();
  }
}
