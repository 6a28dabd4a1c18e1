package sallyport.front.h2;

import io.netty.util.AsciiString;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.config.listener.LimitsConfig;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.RequestIntake;

/**
 * What all streams of a client's connection share; immutable.
 *
 * @param intake takes the heads of requests
 * @param hsts the value of Strict-Transport-Security
 * @param bodyIdleNanos how long a request body may stand still
 */
public record StreamContext(
    ProxyContext proxy,
    ConnectionInfo connection,
    RequestIntake intake,
    LimitsConfig limits,
    FieldNames fieldNames,
    AsciiString hsts,
    long bodyIdleNanos) {}
