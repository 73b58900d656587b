<?php
// Loads every class of the PHP client that OpenAPI Generator makes: load.php FOLDER. PHP compiles a file when it is loaded.
// Guzzle is Debian's. A warning is an error, except that generated code passes null where PHP 8 wants a string.

require 'GuzzleHttp/autoload.php';

set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    if ($level & (E_DEPRECATED | E_USER_DEPRECATED)) {
        return true;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

$lib = $argv[1] . '/lib/';

spl_autoload_register(function (string $class) use ($lib): void {
    $file = $lib . str_replace('\\', '/', substr($class, strlen('OpenAPI\Client\\'))) . '.php';
    if (str_starts_with($class, 'OpenAPI\Client\\') && is_file($file)) {
        require_once $file;
    }
});

foreach (glob($lib . '{Api,Model}/*.php', GLOB_BRACE) as $file) {
    require_once $file;
}
