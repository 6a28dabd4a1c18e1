package sallyport.tls.challenge;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.config.tls.PolicyName;
import sallyport.credentials.certificates.KeyType;
import sallyport.tls.engine.Contexts;
import sallyport.tls.engine.NativeErrors;
import sallyport.tls.hello.ClientHello;
import sallyport.tls.policy.Alpn;
import sallyport.tls.policy.PolicyContext;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.trust.RejectAllTrustManager;

/**
 * Answers of TLS listeners to authorities that verify a name (RFC 8737): a certificate with the
 * digest of the key authorization, and nothing more. A name has one only while a challenge for it
 * is open.
 *
 * <p>One for all listeners, for as long as the gateway runs: a reload that replaces listeners
 * leaves the answers in place.
 *
 * <p>Any thread: contexts are built by the thread that opens a challenge, and only looked up by
 * event loops.
 */
public final class Challenges implements AutoCloseable {
  /** Kind of key of the certificates. */
  public static final KeyType KEY_TYPE = KeyType.EC_P256;

  /** Contexts by server name, and then by the policy of the listener that is asked. */
  private final Map<String, Map<PolicyName, SslContext>> answers = new ConcurrentHashMap<>();

  /** Looks for what other replicas have promised. */
  private volatile Function<String, @Nullable CompletionStage<Void>> elsewhere = name -> null;

  private volatile boolean closed;

  /**
   * Opens a challenge for a name, in place of any other.
   *
   * @param serverName lower case
   * @param key an elliptic curve key, P-256
   * @param certificate self-signed, with the authority's challenge in it
   */
  public void promise(String serverName, PrivateKey key, X509Certificate certificate) {
    Map<PolicyName, SslContext> contexts = new EnumMap<>(PolicyName.class);
    try {
      NativeErrors.clear();
      for (PolicyName policy : PolicyName.values()) {
        contexts.put(
            policy,
            PolicyContext.under(TlsPolicy.of(policy), SslContextBuilder.forServer(key, certificate))
                .applicationProtocolConfig(Alpn.of(List.of(Alpn.ACME)))
                .trustManager(new RejectAllTrustManager())
                .build());
      }
    } catch (SSLException cannotBe) {
      release(contexts);
      throw new IllegalStateException(cannotBe);
    }
    release(answers.put(serverName, contexts));
    if (closed) {
      withdraw(serverName);
    }
  }

  /** Closes the challenge for a name; does nothing where there is none. */
  public void withdraw(String serverName) {
    release(answers.remove(serverName));
  }

  private static void release(@Nullable Map<PolicyName, SslContext> contexts) {
    if (contexts != null) {
      Contexts.release(contexts.values());
    }
  }

  /**
   * Looks for challenges of other replicas by this from now on.
   *
   * @param look takes a server name in lower case, and must not block; returns the end of the look,
   *     null where there is nothing to look for
   */
  public void lookBy(Function<String, @Nullable CompletionStage<Void>> look) {
    elsewhere = look;
  }

  /**
   * Looks for the answer to a client that another replica may have promised. Never blocks.
   *
   * @return the end of the look, after which {@link #answer} knows; null where there is nothing to
   *     look for
   */
  public @Nullable CompletionStage<Void> look(ClientHello hello) {
    String name = hello.serverName();
    return name == null || hello.protocols().size() != 1 ? null : elsewhere.apply(name);
  }

  /**
   * Returns the context that answers a client, with a reference, see {@link Contexts#hold}, which
   * the caller has to release.
   *
   * @param policy of the listener that is asked
   * @return null where this is not what an authority asks (RFC 8737 section 3), or no challenge is
   *     open for the name
   */
  public @Nullable SslContext answer(TlsPolicy policy, ClientHello hello) {
    String name = hello.serverName();
    Map<PolicyName, SslContext> promised =
        name == null || hello.protocols().size() != 1 ? null : answers.get(name);
    SslContext answer = promised == null ? null : promised.get(policy.name());
    return answer != null && Contexts.hold(answer) ? answer : null;
  }

  @Override
  public void close() {
    closed = true;
    answers.keySet().forEach(this::withdraw);
  }
}
