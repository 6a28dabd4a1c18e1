package sallyport.compliance;

import io.netty.handler.ssl.OpenSsl;
import java.net.InetAddress;
import sallyport.config.AccessLogConfig;
import sallyport.config.BindAddress;

/** What is written down, who reaches the admin listener, and what cannot be seen from here. */
final class OperationControls {
  private OperationControls() {}

  static void look(Observed observed, Findings findings) {
    auditLog(observed, findings);
    accessLog(observed, findings);
    admin(observed, findings);
    findings.info(
        Control.VALIDATED_MODULE,
        observed.at("listeners"),
        "not met: " + library() + " is not a FIPS validated module");
    findings.info(
        Control.DATA_AT_REST,
        observed.at("backends"),
        "not observable here: the gateway stores no ePHI, backends do");
  }

  private static String library() {
    return OpenSsl.isAvailable() ? OpenSsl.versionString() + ", as it is shipped here," : "nothing";
  }

  private static void auditLog(Observed observed, Findings findings) {
    if (observed.auditWritten()) {
      findings.pass(
          Control.AUDIT_LOG,
          observed.at("audit-log"),
          "on; over "
              + observed.config().auditLog().linesPerSecond()
              + " lines a second of a kind, the others are one line with their number");
    } else {
      findings.fail(
          Control.AUDIT_LOG,
          observed.at("audit-log"),
          "the logging system leaves the logger sallyport.audit out; set it to INFO");
    }
  }

  private static void accessLog(Observed observed, Findings findings) {
    AccessLogConfig log = observed.config().accessLog();
    if (!log.enabled()) {
      findings.fail(Control.ACCESS_LOG, observed.at("access-log.enabled"), "off");
    } else if (!observed.accessWritten()) {
      findings.fail(
          Control.ACCESS_LOG,
          observed.at("access-log"),
          "the logging system leaves the logger sallyport.access out; set it to INFO");
    } else if (log.query()) {
      findings.warn(
          Control.ACCESS_LOG,
          observed.at("access-log.query"),
          "on, with query strings, which may carry patient data");
    } else {
      findings.pass(Control.ACCESS_LOG, observed.at("access-log"), "on, without query strings");
    }
  }

  private static void admin(Observed observed, Findings findings) {
    BindAddress bind = observed.config().admin().bind();
    String text;
    Status status;
    try {
      InetAddress address = InetAddress.ofLiteral(bind.host());
      if (address.isLoopbackAddress()) {
        status = Status.PASS;
        text = "on loopback";
      } else if (address.isAnyLocalAddress()) {
        status = Status.FAIL;
        text =
            "on every address of this machine; it speaks plain HTTP and asks nobody who they are";
      } else if (isPrivate(address)) {
        status = Status.WARN;
        text = "on a private network; see to it that it is one for management";
      } else {
        status = Status.FAIL;
        text = "on a public address; it speaks plain HTTP and asks nobody who they are";
      }
    } catch (IllegalArgumentException name) {
      boolean local = bind.host().equalsIgnoreCase("localhost");
      status = local ? Status.PASS : Status.WARN;
      text = local ? "on loopback" : "what the name means is not asked here; write an address";
    }
    findings.add(Control.ADMIN_EXPOSURE, status, observed.at("admin.bind"), bind + " is " + text);
  }

  /** RFC 1918, RFC 3927, RFC 4193 and RFC 4291 section 2.5.6. */
  private static boolean isPrivate(InetAddress address) {
    byte[] octets = address.getAddress();
    return address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || (octets.length == 16 && (octets[0] & 0xfe) == 0xfc);
  }
}
