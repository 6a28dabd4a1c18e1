package sallyport.tls.policy;

import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;

/** Restriction of a context of either side to a policy. */
public final class PolicyContext {
  private PolicyContext() {}

  /** Restricts a context to BoringSSL, and to what the policy allows. */
  public static SslContextBuilder under(TlsPolicy policy, SslContextBuilder builder) {
    return builder
        .sslProvider(SslProvider.OPENSSL_REFCNT)
        // In which Netty hands a key to BoringSSL, in memory and without a password: the default,
        // PKCS#12,
        // would derive a key by 10 000 rounds for that.
        .keyStoreType("JKS")
        .protocols(policy.versionLabels())
        .ciphers(policy.suiteNames())
        .option(OpenSslContextOption.GROUPS, policy.groupLabels());
  }
}
