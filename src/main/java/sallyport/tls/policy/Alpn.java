package sallyport.tls.policy;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import java.util.List;
import sallyport.config.listener.AdminTlsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.listener.TlsListenerConfig;

/** Protocols that a side offers or accepts by ALPN (RFC 7301), in the order of preference. */
public final class Alpn {
  static final List<String> HTTP1 = List.of(ApplicationProtocolNames.HTTP_1_1);
  public static final List<String> HTTP2 = List.of(ApplicationProtocolNames.HTTP_2);

  /** Protocol of authorities that verify a name (RFC 8737 section 4). */
  public static final String ACME = "acme-tls/1";

  public static final List<String> EITHER =
      List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);

  /** Protocol of PostgreSQL 17 and later (IANA, TLS ALPN Protocol IDs). */
  private static final String POSTGRES = "postgresql";

  /** Offered by clients that are told to speak nothing newer, such as curl. */
  private static final String OLD = "http/1.0";

  private static final List<String> ANY =
      List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1, OLD);
  private static final List<String> ANY_HTTP1 = List.of(ApplicationProtocolNames.HTTP_1_1, OLD);

  private Alpn() {}

  /** Returns the protocols that a listener speaks; none for TCP streams. */
  public static List<String> of(TlsListenerConfig listener) {
    return switch (listener) {
      case ListenerConfig.HttpProxy http -> http.http2().enabled() ? ANY : ANY_HTTP1;
      case AdminTlsConfig admin -> ANY_HTTP1;
      case ListenerConfig.Stream stream ->
          switch (stream.stream().protocol()) {
            case TCP, MLLP, DICOM -> List.of();
            case POSTGRES -> List.of(POSTGRES);
          };
    };
  }

  public static ApplicationProtocolConfig of(List<String> protocols) {
    if (protocols.isEmpty()) {
      return ApplicationProtocolConfig.DISABLED;
    }
    return new ApplicationProtocolConfig(
        Protocol.ALPN,
        SelectorFailureBehavior.NO_ADVERTISE,
        SelectedListenerFailureBehavior.ACCEPT,
        protocols);
  }
}
