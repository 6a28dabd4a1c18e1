package sallyport.tls;

import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;

/** Holds whatever context there is, of either side, to a policy. */
final class PolicyContext {
  private PolicyContext() {}

  /** BoringSSL, and of it no more than the policy allows. */
  static SslContextBuilder under(TlsPolicy policy, SslContextBuilder builder) {
    return builder
        .sslProvider(SslProvider.OPENSSL_REFCNT)
        .protocols(policy.versionLabels())
        .ciphers(policy.suiteNames())
        .option(OpenSslContextOption.GROUPS, policy.groupLabels());
  }
}
