// What the languages of unresolved.mjs look like when a type is lost. Run by make test-generators.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { unresolved } from './unresolved.mjs';

const models = {
  kotlin: ['models/ErrorInfo.kt', `/** An AnyComment. */
data class ErrorInfo (
    val errorCode: AnyType? = null,
    val policies: kotlin.Array<AccessPolicy>? = null,
    val message: kotlin.String? = null
)
data class AccessPolicy (val cause: ErrorInfo? = null)`],
  rust: ['models/error_info.rs', `pub struct ErrorInfo {
    pub error_code: Option<crate::models::AnyType>,
    pub cause: Option<Box<crate::models::ErrorInfo>>,
}`],
  swift5: ['Models/ErrorInfo.swift', `public struct ErrorInfo: Codable {
    static let codeRule = StringRule(pattern: "/^[A-Z]: \\"[B]$/")
    public var errorCode: AnyType?
    public var causes: [ErrorInfo]?
    public var message: String?
}`],
  csharp: ['Model/ErrorInfo.cs', `public partial class ErrorInfo {
        public AnyType ErrorCode { get; set; }
        public List<ErrorInfo> Causes { get; set; }
}`],
  dart: ['model/error_info.dart', `class ErrorInfo {
  AnyType errorCode;
  List<ErrorInfo> causes = const [];
  String message;
}`],
  typescript: ['models/ErrorInfo.ts', `import { AnyType } from '../models/AnyType';
import { ErrorInfo } from '../models/ErrorInfo';
export class ErrorInfo { 'errorCode'?: AnyType; }`],
};

for (const [language, [file, text]] of Object.entries(models)) {
  test(`${language}: a type that nothing declares is found`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'unresolved-'));
    try {
      mkdirSync(dirname(join(folder, file)));
      writeFileSync(join(folder, file), text);
      assert.deepEqual(unresolved(language, folder), ['AnyType']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
